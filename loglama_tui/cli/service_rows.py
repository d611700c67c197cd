"""The statuses of services as rows: for scripts exactly the keys of the interface, for a person a short table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loglama_core.amounts import age, byte_size, compact_duration
from loglama_core.export.record_json import utc_time
from loglama_tui.cli.row_format import Column, format_rows

if TYPE_CHECKING:
    from loglama_core.model import ServiceStatus

_STATE_SGR = {"running": "32", "starting": "33", "failed": "1;91", "stopped": "91"}
_KEYS = (
    "service", "state", "pid", "uptime_s", "restarts", "cpu_percent", "memory_bytes", "health", "health_ms",
    "last_record", "records_per_min", "errors_per_min", "lag_bytes", "reason",
)  # fmt: skip
_DATA_COLUMNS = tuple(Column(key, key.upper()) for key in _KEYS)
_PRETTY_COLUMNS = (
    Column("service", "SERVICE"),
    Column("state", "STATE", sgr=lambda state: _STATE_SGR.get(str(state), "")),
    Column("pid", "PID", right=True),
    Column("uptime", "UP", right=True),
    Column("cpu", "CPU", right=True),
    Column("memory", "MEM", right=True),
    Column("health", "HEALTH", sgr=lambda health: "" if str(health or "ok").startswith("ok") else "1;91"),
    Column("last", "LAST LOG", right=True),
    Column("rate", "REC/min", right=True),
    Column("errors", "ERR/min", right=True, sgr=lambda rate: "" if rate in {"0", None} else "91"),
    Column("reason", "REASON"),
)


def status_row(status: ServiceStatus) -> dict[str, object]:
    """Return the keys of ``status --format jsonl``."""
    last = status.last_record_ns
    row: dict[str, object] = {key: getattr(status, key, None) for key in _KEYS}
    return row | {
        "state": str(status.state),
        "uptime_s": _rounded(status.uptime_s, 1),
        "cpu_percent": _rounded(status.cpu_percent, 1),
        "health_ms": _rounded(status.health_ms, 1),
        "last_record": None if last is None else utc_time(last),
        "records_per_min": round(status.records_per_min, 2),
        "errors_per_min": round(status.errors_per_min, 2),
    }


def status_text(
    statuses: Sequence[ServiceStatus], output_format: str, now_ns: int, *, terminal: bool, color: bool
) -> str:
    """Return statuses as text in one of the data formats."""
    if output_format != "pretty":
        return format_rows([status_row(status) for status in statuses], _DATA_COLUMNS, output_format, terminal=terminal)
    rows = [_pretty_row(status, now_ns) for status in statuses]
    return format_rows(rows, _PRETTY_COLUMNS, "pretty", terminal=terminal, color=color)


def _pretty_row(status: ServiceStatus, now_ns: int) -> dict[str, object]:
    return {
        "service": status.service,
        "state": str(status.state),
        "pid": None if status.pid is None else str(status.pid),
        "uptime": None if status.uptime_s is None else compact_duration(status.uptime_s),
        "cpu": None if status.cpu_percent is None else f"{status.cpu_percent:.0f} %",
        "memory": None if status.memory_bytes is None else byte_size(status.memory_bytes),
        "health": health_text(status),
        "last": None if status.last_record_ns is None else age(status.last_record_ns, now_ns),
        "rate": _rate(status.records_per_min),
        "errors": _rate(status.errors_per_min),
        "reason": status.reason,
    }


def health_text(status: ServiceStatus) -> str:
    """Return ``ok 12 ms``, the reason it fails, or nothing."""
    if status.health == "none":
        return ""
    if status.health == "ok":
        return "ok" if status.health_ms is None else f"ok {status.health_ms:.0f} ms"
    return status.health_reason or "failing"


def _rate(per_minute: float) -> str:
    if per_minute == 0:
        return "0"
    return f"{per_minute:.1f}" if per_minute < 9.95 else f"{per_minute:,.0f}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
