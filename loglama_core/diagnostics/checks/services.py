"""Checks of the services, as far as their logs tell."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote as quoted

from loglama_core.amounts import age, counted, duration
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.ecosystem.service_activity import TREND_MINUTES
from loglama_core.model import Finding, FindingStatus, ServiceState
from loglama_core.query.quoting import quote

GROUP = "services"

_SECOND_NS = 1_000_000_000
_SILENT_NS = 900 * _SECOND_NS
_FORGOTTEN_NS = 86_400 * _SECOND_NS
_ERRORS_WARN = 1.0
"""Errors a minute, averaged over ``TREND_MINUTES``."""
_SHARE_WARN = 0.1
"""Of a busy service, one error in so many records is its daily bread."""


def services_up(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every service with a command or a probe is at work and well."""
    known = [status for status in context.statuses if status.declared]
    down = [status for status in known if status.is_down]
    for status in down:
        service = quoted(status.service)
        health = f"health: {status.health} {status.health_reason}".rstrip()
        state = "is not well" if status.state is ServiceState.RUNNING else f"is {status.state}"
        yield Finding(
            "services-up",
            GROUP,
            FindingStatus.FAIL,
            f"{status.service} {state}{f': {status.reason}' if status.reason else ''}",
            (
                f"state {status.state}, {health}",
                f"restarts: {status.restarts if status.restarts is not None else 'not known'}",
                *((f"needs {', '.join(status.depends_on)}",) if status.depends_on else ()),
            ),
            f"loglama restart {service}"
            if status.state is ServiceState.RUNNING
            else f"loglama up {service}; its last lines: loglama logs --service {service}",
            service=status.service,
            query=f"service:{quote(status.service)}",
        )
    at_work = sum(status.state is ServiceState.RUNNING for status in known)
    if at_work and not down:
        summary = f"{counted(at_work, 'service')} at work and well"
        yield Finding("services-up", GROUP, FindingStatus.OK, summary)


def services_speak(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that services which logged within the last day still do."""
    ages = {
        status.service: context.now_ns - status.last_record_ns
        for status in context.statuses
        if status.last_record_ns is not None
    }
    evidence = tuple(f"{name}: {age(context.now_ns - old, context.now_ns)}" for name, old in ages.items())
    silent = [(name, old) for name, old in ages.items() if _SILENT_NS < old < _FORGOTTEN_NS]
    if silent and len(silent) == len(ages):
        newest = duration(min(old for _, old in silent) // _SECOND_NS)
        remedy = "if the services are running: is something collecting?"
        summary = f"no service has logged for {newest}"
        yield Finding("services-speak", GROUP, FindingStatus.WARN, summary, evidence, remedy)
        return
    for name, old in silent:
        yield Finding(
            "services-speak",
            GROUP,
            FindingStatus.WARN,
            f"{name}: silent for {duration(old // _SECOND_NS)}",
            evidence,
            f"see whether it is running: loglama logs --service {quoted(name)} --limit 20",
            service=name,
        )
    if not silent and ages:
        newest = age(context.now_ns - min(ages.values()), context.now_ns)
        summary = f"{counted(len(ages), 'service')}, last log {newest}"
        yield Finding("services-speak", GROUP, FindingStatus.OK, summary, evidence)


def error_rates(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no service logs errors by the minute, as more than a small share of what it logs."""
    failing = [
        status
        for status in context.statuses
        if status.errors_per_min > _ERRORS_WARN and status.errors_per_min > _SHARE_WARN * status.records_per_min
    ]
    for status in failing:
        yield Finding(
            "error-rates",
            GROUP,
            FindingStatus.WARN,
            f"{status.service}: {status.errors_per_min:.1f} errors a minute",
            (f"of {status.records_per_min:.1f} records a minute in the last {TREND_MINUTES} minutes",),
            f"loglama logs --service {quoted(status.service)} --level error",
            service=status.service,
            query=f"service:{quote(status.service)} level>=error",
        )
    if context.statuses and not failing:
        summary = "no service logs errors by the minute"
        yield Finding("error-rates", GROUP, FindingStatus.OK, summary)
