"""One record for a person's eye: time, level, service, message, fields. Colour means level or service, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from loglama_core.export.record_json import json_text, record_value
from loglama_core.model import LogRecord, RecordFlag, Severity
from loglama_tui.cli.data_lines import flattened
from loglama_tui.cli.time_format import readable_time
from loglama_tui.display_safe import display_safe, display_safe_block

FAINT = "2"
BOLD = "1"
_SERVICE_COLORS = ("36", "35", "32", "95", "96", "92")
_LONGEST_SHOWN_VALUE = 300
"""Characters of one field's value; ``loglama show`` prints it whole."""


def paint(text: str, sgr: str, *, color: bool) -> str:
    """Return ``text`` in the given SGR attributes (``"1;31"``), or as it is without colour."""
    return f"\x1b[{sgr}m{text}\x1b[0m" if color and sgr else text


def level_sgr(severity: int) -> str:
    """Return the attributes of a level's word."""
    if severity >= Severity.CRITICAL:
        return "1;97;41"
    if severity >= Severity.ERROR:
        return "1;91"
    if severity >= Severity.WARNING:
        return "33"
    return "94" if severity >= Severity.INFO else FAINT


def level_bar_sgr(name: object) -> str:
    """Return the colour of a level's part of a bar, by its name (``None``: no level)."""
    return {"critical": "95", "error": "91", "warning": "33", "info": "94"}.get(str(name), FAINT)


def service_sgr(service: str) -> str:
    """Return a service's colour: always the same one, never that of an error."""
    return _SERVICE_COLORS[crc32(service.encode(errors="replace")) % len(_SERVICE_COLORS)]


class PrettyRecords:
    """Formats records one after the other; the service column widens as longer names come."""

    def __init__(self, *, utc: bool, color: bool, names: Sequence[str] = ()) -> None:
        self._utc = utc
        self._color = color
        self._names = names
        self._service_width = 8

    def lines(self, record: LogRecord, *, mark: str = "") -> str:
        """Return the record's lines, each ended by a newline; ``mark`` stands before the first."""
        if self._names:
            body = "  ".join(self._named(record, name) for name in self._names)
            return f"{mark}{body}\n"
        first, _, rest = record.message.partition("\n")
        bold = record.severity >= Severity.ERROR
        faint = 0 < record.severity < Severity.INFO
        message = self._paint(display_safe(first), BOLD if bold else FAINT if faint else "")
        parts = [self._time(record), self._level(record), self._service(record), message, *self._fields(record)]
        line = f"{mark}{' '.join(part for part in parts if part)}\n"
        if not rest:
            return line
        margin = f"{' ' * len(mark)}    {self._paint('│', FAINT)} "
        return line + "".join(f"{margin}{text}\n" for text in display_safe_block(rest.rstrip("\n")).split("\n"))

    def _time(self, record: LogRecord) -> str:
        return self._paint(readable_time(record.time_ns, utc=self._utc), FAINT)

    def _level(self, record: LogRecord) -> str:
        return self._paint(f"{(record.level or '-').upper():<8}", level_sgr(record.severity))

    def _service(self, record: LogRecord) -> str:
        service = display_safe(record.service)
        self._service_width = max(self._service_width, min(len(service), 20))
        return self._paint(f"{service:<{self._service_width}}", service_sgr(record.service))

    def _fields(self, record: LogRecord) -> list[str]:
        pairs = [f" {self._pair(key, value)}" for key, value in flattened(record.fields)]
        if record.flags & RecordFlag.SHORTENED:
            pairs.append(self._paint(f" … whole: loglama show {record.id}", FAINT))
        return pairs

    def _pair(self, key: str, value: object) -> str:
        return f"{self._paint(f'{display_safe(key)}=', FAINT)}{display_safe(shortened(value))}"

    def _named(self, record: LogRecord, name: str) -> str:
        if name == "time":
            return self._time(record)
        if name == "level":
            return self._level(record)
        if name == "service":
            return self._service(record)
        if name == "message":
            return display_safe(record.message)
        value = record_value(record, name)
        return self._pair(name, value) if value is not None else self._paint(f"{display_safe(name)}=", FAINT)

    def _paint(self, text: str, sgr: str) -> str:
        return paint(text, sgr, color=self._color)


def shortened(value: object) -> str:
    """Return a field's value on one line, cut where it would drown the record."""
    text = value if isinstance(value, str) else json_text(value)
    if len(text) <= _LONGEST_SHOWN_VALUE:
        return text
    return f"{text[:_LONGEST_SHOWN_VALUE]}…(+{len(text) - _LONGEST_SHOWN_VALUE} characters)"
