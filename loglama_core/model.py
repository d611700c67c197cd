"""The words every layer shares: severity, record, source, batch, service status, finding.

Imports nothing of LogLama. Hot paths exchange plain tuples (``ParsedRecord``, ``RecordRow``): building a
dataclass costs about 0.5 us a record, a tuple 0.03 us.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag, StrEnum
from typing import Any


class Severity(IntEnum):
    """OpenTelemetry's severity numbers at the start of each range; 0 is "none was given".

    A stored severity may be any of 0..24 (an original "Level 25" keeps its rank); ``level_name`` maps a
    number to the name of its range.
    """

    UNKNOWN = 0
    TRACE = 1
    DEBUG = 5
    INFO = 9
    WARNING = 13
    ERROR = 17
    CRITICAL = 21


LEVEL_NAMES: tuple[str, ...] = ("trace", "debug", "info", "warning", "error", "critical")
"""Accepted and printed level names, least severe first."""

_NAME_BY_SEVERITY: tuple[str | None, ...] = (
    None,
    *(name for name in LEVEL_NAMES for _ in range(4)),
)


def level_name(severity: int) -> str | None:
    """Return the level name of an OpenTelemetry severity number 0..24, ``None`` for 0."""
    return _NAME_BY_SEVERITY[severity]


class RecordFlag(IntFlag):
    """What a reader should know about how a record came to be. Names as printed are in ``flag_names``."""

    TIME_INFERRED = 1
    SHORTENED = 2
    BYTES_REPLACED = 4
    MULTI_LINE = 8
    UNPARSED = 16
    PARTIAL = 32
    REDACTED = 64


_FLAG_NAMES: tuple[tuple[int, str], ...] = tuple(
    (flag.value, flag.name.lower().replace("_", "-")) for flag in RecordFlag if flag.name
)


def flag_names(flags: int) -> list[str]:
    """Return the printed names of the set bits, in the order of their values."""
    return [name for value, name in _FLAG_NAMES if flags & value]


ParsedRecord = tuple[int | None, int, str | None, str | None, str, str | None, int]
"""What a format makes of the text of one record:
``(time_ns UTC or None, severity 0..24, service or None, logger or None, message, fields as JSON object text or None,
flags)``."""

RecordRow = tuple[int, int, str, str | None, str, str | None, int, int, str | None]
"""A record ready for the writer:
``(time_ns UTC, severity, service, logger or None, message (shortened), fields JSON or None, byte offset in its source,
flags, whole original text if the message was shortened else None)``."""


@dataclass(slots=True, frozen=True)
class LogRecord:
    """One stored record as every reader sees it.

    ``time_ns``: UTC nanoseconds since 1970. ``source``: path of the source it came from, ``offset``: byte at
    which it starts there. ``message``: at most LOGLAMA_MAX_MESSAGE_LENGTH characters; the whole text is
    ``RecordReader.full_text(id)``. ``fields``: JSON object, possibly nested, never None.
    """

    id: int
    time_ns: int
    severity: int
    service: str
    logger: str | None
    message: str
    fields: dict[str, Any]
    source: str
    offset: int
    flags: int

    @property
    def level(self) -> str | None:
        """The level's name, or ``None`` when the record has none."""
        return level_name(self.severity)


class SourceKind(StrEnum):
    """How the bytes of a source are stored."""

    FILE = "file"
    COMPRESSED = "compressed"
    PIPE = "pipe"
    SQLITE = "sqlite"


class SourceCondition(StrEnum):
    """What the collector is doing with a source (column ``sources.state``)."""

    ACTIVE = "active"
    """Its file is there and is read as it grows."""
    FINISHED = "finished"
    """Its file is gone or rotated out of sight; everything readable of it was stored."""
    ORPHANED = "orphaned"
    """Its file was truncated or vanished with bytes possibly unread: a copy of it may still turn up."""
    FAILED = "failed"
    """It cannot be read; ``error`` says why. It is tried again at every scan."""


@dataclass(slots=True)
class SourceState:
    """One stream of bytes and how far it has been stored: a row of ``sources``.

    A stream outlives its file: after a rename it is found again by (device, inode), after copy-truncate by
    its content. ``lineage``: the path under which it was first seen; records show this path. ``path``: where its
    bytes are now. ``head``: the first <=1024 bytes ingested; ``tail``: the last <=64 bytes before ``offset``.
    ``record_offset``: where the newest stored record starts, ``record_id`` its id, so that a continuation that arrives
    late can still join it (``None`` when it cannot be continued). ``size``: bytes of the stream there are, an estimate
    while a compressed file was not read to its end. ``part``: the table of a database, empty for a file; of such a
    source ``offset`` is the key of the last row. ``read_size``, ``read_modified_ns``: what a compressed file was on
    disk when it was last read as far as it goes.
    """

    id: int
    path: str
    kind: str
    lineage: str
    device: int
    inode: int
    head: bytes
    tail: bytes
    offset: int
    state: str
    service: str
    format: str | None = None
    record_id: int | None = None
    record_offset: int = 0
    record_time_ns: int | None = None
    gap_bytes: int = 0
    error: str | None = None
    size: int = 0
    records: int = 0
    first_seen_ns: int = 0
    last_seen_ns: int = 0
    last_record_ns: int | None = None
    part: str = ""
    read_size: int = 0
    read_modified_ns: int = 0

    @property
    def name(self) -> str:
        """Where its bytes are now, of a database with the table."""
        return f"{self.path}#{self.part}" if self.part else self.path

    @property
    def lag_bytes(self) -> int:
        """Bytes that are in the file and not yet in the store, as of the last scan."""
        return max(0, self.size - self.offset)


@dataclass(slots=True)
class Batch:
    """Records read from one source in one go, and the offset they lead to: one transaction.

    ``start``: the offset the source must still have for the batch to be valid (compare-and-set).
    ``replaces_last``: the first row is the source's newest stored record read again with its continuation.
    ``open_record``: whether the last row could still be continued by later lines. ``gap_reason``: the batch has no
    rows, its bytes hold no log; they are counted as a gap. ``more``: there is more to read at once.
    """

    rows: list[RecordRow]
    start: int
    end: int
    head: bytes
    tail: bytes
    size: int = 0
    replaces_last: bool = False
    open_record: bool = False
    format: str | None = None
    more: bool = False
    gap_reason: str | None = None


class ServiceState(StrEnum):
    """Where a service is in its life."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(slots=True, frozen=True)
class ServiceStatus:
    """What is known of one service now. ``None`` means not known, never zero.

    ``health``: ``ok``, ``failing`` or ``none`` (nothing says how to ask); ``health_reason``: in a word or two why it
    fails (``refused``, ``no answer in 1 s``, ``HTTP 503``). ``cpu_percent``, ``memory_bytes``: of the process and all
    below it. ``declared``: in ``loglama.toml``. ``started_by``: ``loglama``, ``systemd``, ``pid file`` or ``port`` of a
    process that is there; empty when there is none. ``depends_on``: names, as declared.
    """

    service: str
    state: ServiceState
    reason: str = ""
    pid: int | None = None
    uptime_s: float | None = None
    restarts: int | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    health: str = "none"
    health_ms: float | None = None
    last_record_ns: int | None = None
    records_per_min: float = 0.0
    errors_per_min: float = 0.0
    lag_bytes: int = 0
    trend: tuple[int, ...] = ()
    health_reason: str = ""
    declared: bool = False
    started_by: str = ""
    depends_on: tuple[str, ...] = ()

    @property
    def is_down(self) -> bool:
        """Whether something declared is known not to be at work, or not well."""
        if not self.declared:
            return False
        return self.state in {ServiceState.STOPPED, ServiceState.FAILED} or self.health == "failing"


class FindingStatus(StrEnum):
    """The verdict of one check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(slots=True, frozen=True)
class Fix:
    """A change that mends a finding, as data: it can be shown before it is made.

    ``action``: one of ``loglama_core.diagnostics.fixes``. ``targets``: the paths or names it works on. ``preview``:
    what it will do, one step a line.
    """

    action: str
    targets: tuple[str, ...]
    preview: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Finding:
    """What one check found, with its evidence and the way to mend it.

    ``fix``: what LogLama can do about it itself. ``service``, ``query``: the service it is about, and the query that
    shows the records in question; empty when it is about neither.
    """

    check: str
    group: str
    status: FindingStatus
    summary: str
    evidence: tuple[str, ...] = field(default_factory=tuple)
    remedy: str = ""
    fix: Fix | None = None
    service: str = ""
    query: str = ""

    @property
    def fixable(self) -> bool:
        """Whether LogLama can mend it itself."""
        return self.fix is not None
