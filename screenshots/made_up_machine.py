"""What the made-up machine of pictures and screen tests says of itself: processes, checks, requirements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loglama_core.ecosystem.dependencies.verdict import DependencyStatus, DependencyVerdict
from loglama_core.ecosystem.service_choice import dependents
from loglama_core.ecosystem.service_report import ServiceVerdicts
from loglama_core.model import Finding, FindingStatus, Fix, ServiceState, ServiceStatus

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings

OK, WARN, FAIL = FindingStatus.OK, FindingStatus.WARN, FindingStatus.FAIL
_PROCESSES = {  # pid, seconds up, percent, bytes, milliseconds to answer
    "weblama": (4310, 11_530.0, 3.1, 92_000_000, 8.0),
    "apilama": (4312, 11_528.0, 4.2, 118_000_000, 12.0),
    "pyllm": (4305, 11_541.0, 21.7, 3_400_000_000, 31.0),
    "pybox": (4307, 11_540.0, 0.8, 61_000_000, 4.0),
    "pylama": (4320, 11_519.0, 1.2, 74_000_000, None),
}


def process_of(status: ServiceStatus, *, trouble: bool) -> ServiceStatus:
    """Return the status with a process of the made-up machine; in trouble pybox has failed."""
    pid, uptime_s, cpu, memory, health_ms = _PROCESSES[status.service]
    if trouble and status.service == "pybox":
        reason = "ended with exit code 137 4 m ago; not started again after 5 crashes"
        return replace(
            status,
            state=ServiceState.FAILED,
            reason=reason,
            restarts=5,
            health="failing",
            health_reason="refused",
            declared=True,
        )
    return replace(
        status,
        state=ServiceState.RUNNING,
        reason="started by loglama",
        pid=pid,
        uptime_s=uptime_s,
        restarts=0,
        cpu_percent=cpu,
        memory_bytes=memory,
        health="none" if health_ms is None else "ok",
        health_ms=health_ms,
        declared=True,
        started_by="loglama",
    )


def verdicts_of(settings: Settings, name: str, *, trouble: bool) -> ServiceVerdicts:
    """Return the checks of one service: all is well, or one requirement is missing."""
    requirements = [
        _requirement(name, "fastapi", ">=0.115", "0.121.0"),
        _requirement(name, "httpx", ">=0.28", "0.28.1"),
    ]
    if trouble:
        requirements.append(_requirement(name, "redis", ">=5", None))
    return ServiceVerdicts(tuple(dependents(settings, name)), 3, (), tuple(requirements))


def _requirement(service: str, name: str, required: str, installed: str | None) -> DependencyVerdict:
    status = DependencyStatus.OK if installed else DependencyStatus.MISSING
    remedy = "" if installed else f"loglama deps install {service}"
    source = f"{service}/pyproject.toml"
    return DependencyVerdict(service, "python", name, required, installed, status, source, remedy)


def findings(*, trouble: bool) -> list[Finding]:
    """Return what the checks say: all is well, or some of it is not."""
    well = [
        Finding("python-sqlite", "environment", OK, "Python 3.13.1, SQLite 3.46.1"),
        Finding("packages", "environment", OK, "loglama 0.1.0 and the packages it needs"),
        Finding("settings", "environment", OK, "6 settings are valid; read loglama.toml"),
        Finding("env-required", "environment", OK, "every variable that services need is set"),
        Finding("log-folder", "environment", OK, "logs holds 10 files"),
        Finding("store-file", "store", OK, "schema 6, 85,852 records, 15 MB", ("logs/loglama.db  (default)",)),
        Finding("disk-space", "store", OK, "61 GB free"),
        Finding("store-private", "store", OK, "only you may read it"),
        Finding("counts", "store", OK, "minute counts agree with the records"),
        Finding("search-index", "store", OK, "the search index is 29 records behind"),
        Finding("collecting", "collector", OK, "this explorer is collecting"),
        Finding("lag", "collector", OK, "every file is read to its end"),
        Finding("gaps", "collector", OK, "no bytes were lost"),
        Finding("readable", "sources", OK, "7 sources are read without error"),
        Finding("understood", "sources", OK, "all of the newest 2,000 lines are understood"),
        Finding("clock-skew", "sources", OK, "the times of records agree with those of their files"),
        Finding("services-up", "services", OK, "5 services are up"),
        Finding("error-rates", "services", OK, "no service logs errors by the minute"),
        Finding("requirements", "dependencies", OK, "10 requirements are met"),
        Finding("screen", "terminal", OK, "120x40, 16.7 million colours, utf-8"),
    ]
    if not trouble:
        return well
    amiss = {each.check: each for each in _AMISS}
    return [amiss.get(finding.check, finding) for finding in well]


_AMISS = (
    Finding(
        "env-required",
        "environment",
        FAIL,
        "PYLLM_PORT is not set, and pyllm needs it",
        ("declared in loglama.toml, [services.pyllm] env.required", "not in the environment, not in .env"),
        "loglama env set PYLLM_PORT …",
        service="pyllm",
    ),
    Finding(
        "store-private",
        "store",
        WARN,
        "others may read the store",
        ("logs/loglama.db has mode 0644, owner ann",),
        "chmod 600 logs/loglama.db",
        Fix("make_private", ("logs/loglama.db",), ("chmod 600 logs/loglama.db",)),
    ),
    Finding(
        "lag",
        "collector",
        WARN,
        "apilama.log: 1.4 MB are not read yet",
        ("logs/apilama.log grows by 3.1 MB/s, 2.7 MB/s of it are read",),
        "a burst passes by itself; for lasting load declare fewer debug loggers",
        service="apilama",
    ),
    Finding(
        "services-up",
        "services",
        FAIL,
        "pybox has failed; 4 services are up",
        ("pybox: ended with exit code 137 four minutes ago, after 5 restarts",),
        "loglama services show pybox; loglama restart pybox",
        service="pybox",
    ),
    Finding(
        "error-rates",
        "services",
        WARN,
        "apilama logs 6.2 errors a minute",
        ("62 errors in the last 10 minutes, most often: upstream timeout",),
        "loglama logs service:apilama level:error",
        service="apilama",
        query="service:apilama level:error since:10m",
    ),
)
