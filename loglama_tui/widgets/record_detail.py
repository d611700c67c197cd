"""One record whole: message, time, fields as a tree, stack trace, where it came from and what is special about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.binding import BindingType
from textual.message import Message

from loglama_core.model import LogRecord, RecordFlag
from loglama_tui.commands import bindings_of
from loglama_tui.display_safe import display_safe, display_safe_block
from loglama_tui.source_path import source_from
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cell_wrap import wrap_cells, wrap_pieces
from loglama_tui.widgets.cursor_lines import BLANK, CursorLines, Line, Piece
from loglama_tui.widgets.field_tree import FieldRow, field_rows
from loglama_tui.widgets.moment import local_time, utc_time
from loglama_tui.widgets.traceback_lines import split_traceback, traceback_pieces
from loglama_tui.widgets.value_query import text_query, value_query

MESSAGE_SHOWN = 65_536
"""Characters of a message that are laid out (40 ms); the command that prints the rest is named below them."""
_VALUE_SHOWN = 4_096
_WIDEST_LABEL = 24
_TAB_WIDTH = 4

_FLAG_WORDS: tuple[tuple[RecordFlag, str, str], ...] = (
    (
        RecordFlag.TIME_INFERRED,
        "time inferred",
        "the text holds no readable time; the record before it or the file gave it",
    ),
    (RecordFlag.SHORTENED, "shortened", "longer than LOGLAMA_MAX_MESSAGE_LENGTH; the whole text is kept"),
    (RecordFlag.BYTES_REPLACED, "bytes replaced", "bytes that are no UTF-8 are written as \\xNN"),
    (RecordFlag.MULTI_LINE, "multi-line", "several lines of the source are this one record"),
    (RecordFlag.UNPARSED, "unparsed", "no known format matched; the line is stored as it came"),
    (RecordFlag.PARTIAL, "partial", "the line had no end yet when it was stored"),
)


@dataclass(slots=True, frozen=True)
class _Row:
    """What can be done with a row: copy a text, find records by it (``field`` or no field: anywhere), fold a branch."""

    copy_text: str
    field: str | None = None
    branch: str = ""

    def query(self) -> str:
        """Return the query that finds records with this row's value."""
        return value_query(self.field, self.copy_text) if self.field else text_query(self.copy_text)


class RecordDetail(CursorLines):
    """The record last given to ``show``; empty until then."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of("record"))

    class FilterRequested(Message):
        """A query that finds (or, with ``exclude``, leaves out) records with the chosen value."""

        def __init__(self, text: str, *, exclude: bool) -> None:
            super().__init__()
            self.text = text
            self.exclude = exclude

    class CopyRequested(Message):
        """Text for the clipboard, raw."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.record: LogRecord | None = None
        self._message = ""
        self._beginning_only = False
        self._zone: tzinfo | None = None
        self._note: str | None = None
        self._folded: set[str] = set()
        self._rows: list[_Row] = []

    def show(self, record: LogRecord, full_text: str | None, zone: tzinfo | None, *, note: str | None = None) -> None:
        """Show a record.

        ``full_text``: ``RecordReader.full_text`` of it, ``None`` while that is not known (then the message is shown as
        far as the record has it). ``zone``: of the times shown, ``None`` for the machine's. ``note``: of its bookmark,
        ``None`` without a bookmark.
        """
        same = self.record is not None and self.record.id == record.id
        self.record = record
        self._message = record.message if full_text is None else full_text
        self._beginning_only = full_text is None and bool(record.flags & RecordFlag.SHORTENED)
        self._zone = zone
        self._note = note
        if not same:
            self.cursor = None
            self.scroll_to(y=0, animate=False)
        self.rebuild()

    # Laying out

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return the whole record as lines."""
        self._rows = []
        record = self.record
        if record is None:
            return []
        message, trace = split_traceback(self._message[:MESSAGE_SHOWN])
        lines = [Line(((f"RECORD {record.id:,}", "section"),)), *self._note_lines(width), BLANK]
        lines += self._message_lines(message, width, left_out=0 if trace else len(self._message) - MESSAGE_SHOWN)
        lines += [BLANK, *self._property_lines(record, width)]
        if trace:
            lines += self._trace_lines("TRACEBACK", trace, width, left_out=len(self._message) - MESSAGE_SHOWN)
        for name, value in record.fields.items():
            if isinstance(value, str) and split_traceback(value[:MESSAGE_SHOWN])[1]:
                left_out = len(value) - MESSAGE_SHOWN
                lines += self._trace_lines(name.upper(), value[:MESSAGE_SHOWN], width, left_out=left_out)
        lines += [BLANK, *self._origin_lines(record, width)]
        return lines

    def _row(self, copy_text: str, field: str | None = None, branch: str = "") -> int:
        self._rows.append(_Row(copy_text, field, branch))
        return len(self._rows) - 1

    def _note_lines(self, width: int) -> Iterable[Line]:
        if self._note is not None:
            for part in wrap_cells(f"◆ {display_safe(self._note) or 'bookmarked'}", width):
                yield Line(((part, "accent"),))

    def _message_lines(self, message: str, width: int, *, left_out: int) -> Iterable[Line]:
        row = self._row(self._message, "")
        style = "strong"
        for line in _block(message):
            for part in wrap_cells(line, width):
                yield Line(((part, style),), row)
            style = "bright"
        if self._beginning_only:
            yield Line((("… the whole text is being read", "dim"),), row)
        yield from self._left_out_lines(left_out, width, row)

    def _left_out_lines(self, left_out: int, width: int, row: int) -> Iterable[Line]:
        if left_out > 0 and self.record is not None:
            note = f"… {left_out:,} characters more: loglama show {self.record.id} --raw"
            for part in wrap_cells(note, width):
                yield Line(((part, "accent"),), row)

    def _property_lines(self, record: LogRecord, width: int) -> Iterable[Line]:
        service_style = Style.parse(palette_of(self.app).service_color(record.service))
        local, utc = local_time(record.time_ns, self._zone), utc_time(record.time_ns)
        level = record.level
        properties: list[tuple[str, str, str | Style, str | None]] = [
            ("time", local, "bright", None),
            ("utc", utc, "soft", None),
            ("level", level or "none", _level_style(level), "level" if level else None),
            ("service", record.service, service_style, "service"),
        ]
        if record.logger is not None:
            properties.append(("logger", record.logger, "bright", "logger"))
        fields = [row for row in field_rows(record.fields, self._folded) if not self._is_trace(row)]
        labels = [name for name, *_ in properties] + [_label(row) for row in fields]
        label_width = min(max(map(len, labels)), _WIDEST_LABEL, width // 3)
        for name, value, style, field_name in properties:
            yield from _labelled(name, value, style, label_width, width, self._row(value, field_name))
        for field in fields:
            branch = field.path if field.branch is not None else ""
            searched = field.field if isinstance(field.value, str | int | float) else None
            row = self._row("" if branch else field.copy_text, searched, branch)
            style = "dim" if branch or field.value is None else "bright"
            yield from _labelled(_label(field), _clipped(field.shown), style, label_width, width, row)

    def _is_trace(self, row: FieldRow) -> bool:
        return row.depth == 0 and isinstance(row.value, str) and bool(split_traceback(row.value[:MESSAGE_SHOWN])[1])

    def _trace_lines(self, title: str, trace: str, width: int, *, left_out: int) -> Iterable[Line]:
        row = self._row(trace)
        lines = _block(trace)
        yield BLANK
        yield Line(((display_safe(title), "section"), (f"  {len(lines)} lines", "dim")))
        for line in lines:
            for pieces in wrap_pieces(traceback_pieces(line), width):
                yield Line(pieces, row)
        yield from self._left_out_lines(left_out, width, row)

    def _origin_lines(self, record: LogRecord, width: int) -> Iterable[Line]:
        row = self._row(record.source, "source")
        for part in wrap_cells(
            f"{display_safe(source_from(Path.cwd(), record.source))}  at byte {record.offset:,}", width
        ):
            yield Line(((part, "dim"),), row)
        for flag, name, meaning in _FLAG_WORDS:
            if record.flags & flag:
                for pieces in wrap_pieces([(f"{name}: ", "warning"), (meaning, "dim")], width):
                    yield Line(pieces)

    # Acting on the row under the cursor

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that have nothing to act on are left to whoever holds this widget."""
        row = self._row_at_cursor()
        if action == "select_row":
            return False  # enter filters
        if action == "copy":
            return self.record is not None
        if action in {"filter_for", "filter_out"}:
            return row is not None and (row.field is not None or (bool(row.branch) and action == "filter_for"))
        if action == "fold":
            return row is not None and bool(row.branch) and (row.branch in self._folded) != parameters[0]
        return super().check_action(action, parameters)

    def _row_at_cursor(self) -> _Row | None:
        return self._rows[self.cursor] if self.cursor is not None and self.cursor < len(self._rows) else None

    def action_filter_for(self) -> None:
        """Ask for records with the value under the cursor; an object or array opens or closes instead."""
        row = self._row_at_cursor()
        if row is None:
            return
        if row.branch:
            self.action_fold(row.branch not in self._folded)
        elif query := row.query():
            self.post_message(self.FilterRequested(query, exclude=False))

    def action_filter_out(self) -> None:
        """Ask for records without the value under the cursor."""
        row = self._row_at_cursor()
        if row is not None and (query := row.query()):
            self.post_message(self.FilterRequested(query, exclude=True))

    def action_copy(self) -> None:
        """Ask for the value under the cursor to be copied; without a cursor, the message."""
        row = self._row_at_cursor()
        if row is None:
            self.post_message(self.CopyRequested(self._message))
        else:
            self.post_message(self.CopyRequested(self._branch_json(row.branch) if row.branch else row.copy_text))

    def _branch_json(self, path: str) -> str:
        fields = {} if self.record is None else self.record.fields
        return next((row.copy_text for row in field_rows(fields, self._folded) if row.path == path), "")

    def action_fold(self, close: bool) -> None:  # noqa: FBT001 - the binding's parameter
        """Close or open the object or array under the cursor."""
        row = self._row_at_cursor()
        if row is not None and row.branch:
            (self._folded.add if close else self._folded.discard)(row.branch)
            self.rebuild()

    def on_cursor_lines_row_selected(self, event: CursorLines.RowSelected) -> None:
        """Do on a double click what enter does."""
        event.stop()
        self.action_filter_for()


def _block(text: str) -> list[str]:
    return [line.expandtabs(_TAB_WIDTH) for line in display_safe_block(text).split("\n")]


def _clipped(value: str) -> str:
    if len(value) <= _VALUE_SHOWN:
        return value
    return f"{value[:_VALUE_SHOWN]} … {len(value) - _VALUE_SHOWN:,} characters more"


def _label(row: FieldRow) -> str:
    mark = "" if row.branch is None else "▾ " if row.branch else "▸ "
    return f"{'  ' * row.depth}{mark}{row.label}"


def _labelled(name: str, value: str, style: str | Style, label_width: int, width: int, row: int) -> Iterable[Line]:
    """Yield a label and its value; a value of several lines goes on under its beginning."""
    label = display_safe(name)
    if cell_len(label) > label_width:
        label = f"{wrap_cells(label, label_width - 1)[0]}…"
    first: Piece = (set_cell_size(label, label_width + 2), "good")
    below: Piece = (" " * (label_width + 2), "good")
    for line in _block(value):
        for part in wrap_cells(line, width - label_width - 2):
            yield Line((first, (part, style)), row)
            first = below


def _level_style(level: str | None) -> str:
    if level in {"error", "critical"}:
        return "error"
    return {"warning": "warning", "info": "info"}.get(level or "", "soft")
