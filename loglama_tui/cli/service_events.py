"""What happens to services while they are started and stopped, as lines on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_tui.cli import standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglama_core.ecosystem.problem import Problem
    from loglama_core.ecosystem.service_event import ServiceEvent


def tell_event(event: ServiceEvent) -> None:
    """Write one event, and under a failure the service's last words."""
    text = f": {event.text}" if event.text else ""
    standard_error.note(f"{event.service} {event.kind}{text}")
    for line in event.lines:
        standard_error.note(f"    {event.service} | {line}")


def tell_problems(problems: Sequence[Problem]) -> None:
    """Write every problem with its remedy; the first is told by the error that follows."""
    for problem in problems:
        standard_error.note(f"{problem.service}: {problem.problem}")
        if problem.remedy:
            standard_error.note(f"    {problem.remedy}")
