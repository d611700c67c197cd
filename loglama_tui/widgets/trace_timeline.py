"""The records of one request as a timeline: when each came, how long after the one before, and from which service."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import tzinfo

from rich.cells import cell_len
from rich.style import Style

from loglama_core.model import LogRecord
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import Palette, palette_of
from loglama_tui.widgets.cursor_lines import CursorLines, Line, Piece
from loglama_tui.widgets.moment import duration
from loglama_tui.widgets.record_line import LineLayout, clip, clock, field_items, level_word, value_text

_DURATIONS: tuple[tuple[str, float], ...] = (
    ("duration_ms", 1e6),
    ("elapsed_ms", 1e6),
    ("took_ms", 1e6),
    ("latency_ms", 1e6),
    ("duration_s", 1e9),
    ("elapsed_s", 1e9),
    ("duration_us", 1e3),
)
"""Fields that say how long what a record ends had taken, and their unit in nanoseconds."""
_MESSAGE_SHOWN = 2_000
_VALUE_CELLS = 60
_LONG_WAIT = 0.25
"""Share of the whole from which a pause is where the time went."""


class TraceTimeline(CursorLines):
    """One row for each record, oldest first: time, pause before it, service, place in time, level, message, fields.

    ``common``: values that all records have, as those that made them a trace: fields with them are left out.
    """

    def __init__(
        self,
        zone: tzinfo | None,
        *,
        common: Collection[str] = (),
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._common = frozenset(common)
        self.records: Sequence[LogRecord] = ()

    def show(self, records: Sequence[LogRecord]) -> None:
        """Show other records, oldest first; the cursor stays on its record."""
        at = self.record
        self.records = records
        self.rebuild()
        if at is not None:
            self.put_cursor(at.id)

    def put_cursor(self, record_id: int) -> None:
        """Put the cursor on a record, if it is here."""
        for row, record in enumerate(self.records):
            if record.id == record_id:
                self.cursor = None
                self.move_cursor(row)
                return

    @property
    def record(self) -> LogRecord | None:
        """The record under the cursor."""
        return self.records[self.cursor] if self.cursor is not None and self.cursor < len(self.records) else None

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return a line for each record."""
        records = self.records
        if not records:
            return []
        palette = palette_of(self.app)
        widest = max(cell_len(display_safe(record.service[:40])) for record in records)
        service_width = min(widest, 8 if width < 100 else 14)
        bar_width = max(8, min(width // 4, 40)) if width >= 60 else 0
        layout = LineLayout.for_width(width, dated="", longest_service=service_width, zone=self._zone)
        first = min(_began(record) for record in records)
        total = max(1, records[-1].time_ns - first)
        lines = []
        before = records[0].time_ns
        for row, record in enumerate(records):
            pause = record.time_ns - before
            before = record.time_ns
            service = clip(display_safe(record.service[:40]), service_width)[0]
            color = Style(color=palette.service_color(record.service))
            level = record.level
            pieces: list[Piece] = [
                (f"{clock(record.time_ns, layout)} ", "dim"),
                (
                    f"{'' if row == 0 else '+' + duration(pause):>9} ",
                    "warning" if pause > total * _LONG_WAIT else "dim",
                ),
                (service + " " * (service_width - cell_len(service) + 1), color),
            ]
            if bar_width:
                pieces += _place(record, first, total, bar_width, palette)
            head = record.message[:_MESSAGE_SHOWN].partition("\n")[0]
            severe = level in ("error", "critical")
            pieces += [
                (f"{level_word(level)} ", Style(color=palette.level_color(level), bold=severe or None)),
                (display_safe(head), "dim" if level in ("debug", "trace") else "bright"),
            ]
            pieces += self._fields(record, width - sum(cell_len(text) for text, _ in pieces))
            lines.append(Line(tuple(pieces), row))
        return lines

    def _fields(self, record: LogRecord, room: int) -> Iterator[Piece]:
        """Yield as many fields as fit behind the message."""
        for key, value in field_items(record.fields):
            text = value_text(value)
            if text in self._common:
                continue
            name = clip(f"  {display_safe(key[:40])}=", 43)[0]
            shown = clip(display_safe(text), _VALUE_CELLS)[0]
            room -= cell_len(name) + cell_len(shown)
            if room < 2:
                yield " …", "faint"
                return
            yield name, "faint"
            yield shown, "soft"


def _began(record: LogRecord) -> int:
    """Return when what a record reports began: it is usually written at the end."""
    for name, unit in _DURATIONS:
        value = record.fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value * unit < 86_400e9:
            return record.time_ns - int(value * unit)
    return record.time_ns


def _place(record: LogRecord, first: int, total: int, width: int, palette: Palette) -> list[Piece]:
    """Return where a record stands between the first and the last moment, and what it had taken until then."""

    def column(time_ns: int) -> int:
        return max(0, min(width - 1, round((time_ns - first) * (width - 1) / total)))

    start, end = column(_began(record)), column(record.time_ns)
    severe = record.level in ("error", "critical")
    color = Style(color=palette.error if severe else palette.service_color(record.service))
    return [
        ("│" + " " * start, Style(color=palette.rule)),
        ("━" * (end - start), color),
        ("●" if not severe else "✗", color),
        (" " * (width - 1 - end) + "│ ", Style(color=palette.rule)),
    ]
