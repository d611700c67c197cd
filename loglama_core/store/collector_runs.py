"""What collectors noted about their own runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loglama_core.store.one_statement import read_rows

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = "kind, pid, started_ns, updated_ns, ended_ns, records, records_per_s, backlog_bytes, error, problems, rates"


@dataclass(slots=True, frozen=True)
class CollectorRun:
    """One run of a collector. ``kind``: ``daemon``, ``explorer`` or ``pass``; ``ended_ns``: ``None`` without an end.

    One that was killed has no end either. ``problems``: source path -> why it cannot be read. ``rates``: source id ->
    (records, bytes) per second of the last seconds; of sources that stand still nothing.
    """

    kind: str
    pid: int
    started_ns: int
    updated_ns: int
    ended_ns: int | None
    records: int
    records_per_s: float
    backlog_bytes: int
    error: str | None
    problems: dict[str, str]
    rates: dict[int, tuple[float, float]]


def last_daemon_run(path: Path) -> CollectorRun | None:
    """Return the newest run of a daemon, ``None`` if there was none. Raises ``StoreError``."""
    return next(iter(_runs(path, "kind = 'daemon' ORDER BY id DESC LIMIT 1")), None)


def recent_runs(path: Path, since_ns: int) -> list[CollectorRun]:
    """Return the runs that noted no end or were heard of since a moment, the newest 1,000 first.

    Raises ``StoreError``.
    """
    return _runs(path, f"ended_ns IS NULL OR updated_ns >= {since_ns:d} ORDER BY id DESC LIMIT 1000")


def _runs(path: Path, condition: str) -> list[CollectorRun]:
    rows = read_rows(path, f"SELECT {_COLUMNS} FROM collector_runs WHERE {condition}")
    return [CollectorRun(*(*row[:-2], json.loads(row[-2] or "{}"), _rates_from(row[-1]))) for row in rows]


def _rates_from(text: str | None) -> dict[int, tuple[float, float]]:
    return {int(source): (records, size) for source, (records, size) in json.loads(text or "{}").items()}
