"""What happens to a service while it is brought up or down, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """The kinds, in the word a person reads."""

    STARTING = "starting"
    READY = "ready"
    RUNNING = "already running"
    ADOPTED = "adopted"
    FAILED = "failed"
    SKIPPED = "not started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    KILLED = "killed"
    LEFT = "left alone"


@dataclass(slots=True, frozen=True)
class ServiceEvent:
    """One event. ``lines``: the service's own last words, where it failed."""

    service: str
    kind: EventKind
    text: str = ""
    lines: tuple[str, ...] = ()


Notify = Callable[[ServiceEvent], object]
"""Takes events; it may be called from several threads."""
