"""What the header shows of findings and services: a few counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglama_core.model import Finding, FindingStatus, ServiceState, ServiceStatus


@dataclass(slots=True, frozen=True)
class AlarmCounts:
    """``up``, ``down``: services known to run, and known to have failed or stopped.

    ``failures``, ``warnings``: findings.
    """

    up: int = 0
    down: int = 0
    failures: int = 0
    warnings: int = 0


def alarm_counts(findings: Iterable[Finding], statuses: Iterable[ServiceStatus]) -> AlarmCounts:
    """Count what is up, down, failed and warned of. A service whose state is not known counts as neither."""
    states = [status.state for status in statuses]
    verdicts = [finding.status for finding in findings]
    return AlarmCounts(
        up=states.count(ServiceState.RUNNING),
        down=states.count(ServiceState.FAILED) + states.count(ServiceState.STOPPED),
        failures=verdicts.count(FindingStatus.FAIL),
        warnings=verdicts.count(FindingStatus.WARN),
    )
