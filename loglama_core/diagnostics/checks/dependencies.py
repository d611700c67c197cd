"""Checks of what declared services require: packages and commands."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.ecosystem.dependencies.dependency_check import check_dependencies
from loglama_core.ecosystem.dependencies.verdict import DependencyVerdict
from loglama_core.model import Finding, FindingStatus

GROUP = "dependencies"

_ASKED_AGAIN_S = 60.0
"""The services' own interpreters are asked, 150 ms each: an explorer that checks every 10 s does it more rarely."""
_asked: dict[tuple[Path | None, Path], tuple[float, list[DependencyVerdict]]] = {}


def requirements_met(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every package and command that a declared service requires is there, in a version that fits."""
    verdicts = _verdicts(context)
    by_service: defaultdict[str, list[DependencyVerdict]] = defaultdict(list)
    for verdict in verdicts:
        by_service[verdict.service].append(verdict)
    for service, found in by_service.items():
        failed = [verdict for verdict in found if verdict.failed]
        if failed:
            yield Finding(
                "requirements",
                GROUP,
                FindingStatus.FAIL,
                f"{service}: {', '.join(f'{verdict.name} {verdict.status}' for verdict in failed[:5])}",
                tuple(
                    f"{verdict.kind} {verdict.name}: {verdict.required} required, {verdict.installed or 'none'} there"
                    for verdict in failed
                ),
                f"loglama deps install {service}",
                service=service,
            )
        else:
            summary = f"{service}: all {len(found)} requirements are met"
            yield Finding("requirements", GROUP, FindingStatus.OK, summary, service=service)


def _verdicts(context: DiagnosticContext) -> list[DependencyVerdict]:
    settings = context.settings
    services = [service for service in settings.services if service.requirements or service.system_commands]
    if not services:
        return []
    key = settings.config_file, settings.folder
    then, verdicts = _asked.get(key, (float("-inf"), []))
    if time.monotonic() - then > _ASKED_AGAIN_S:
        verdicts = check_dependencies(settings, services, context.environ)
        _asked[key] = time.monotonic(), verdicts
    return verdicts
