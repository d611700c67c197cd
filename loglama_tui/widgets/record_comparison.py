"""Two records side by side, name by name: what differs comes forward, what is the same steps back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from itertools import zip_longest
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from loglama_core.model import LogRecord
from loglama_tui.display_safe import display_safe, display_safe_block
from loglama_tui.source_path import source_from
from loglama_tui.widgets.cell_wrap import wrap_cells
from loglama_tui.widgets.cursor_lines import CursorLines, Line
from loglama_tui.widgets.field_tree import field_rows
from loglama_tui.widgets.moment import duration, local_time
from loglama_tui.widgets.record_line import clip

_WIDEST_NAME = 24
_LONGEST_VALUE = 4_000
_MOST_LINES = 40
"""Lines shown of one value, a stack trace above all."""
_MISSING = "—"


class RecordComparison(CursorLines):
    """The properties and fields of two records in two columns."""

    def __init__(self, first: LogRecord, second: LogRecord, zone: tzinfo | None) -> None:
        super().__init__()
        self._pairs = list(_pairs(first, second, zone))
        self._differences_only = False

    def toggle_same(self) -> None:
        """Leave out what is the same, or show it again."""
        self._differences_only = not self._differences_only
        self.rebuild()

    @property
    def differences(self) -> int:
        """How many properties and fields differ."""
        return sum(left != right for _, left, right in self._pairs)

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return each name with both values beside each other, wrapped in their columns."""
        widest = max((cell_len(display_safe(name[:60])) for name, _, _ in self._pairs), default=4)
        name_width = min(widest, _WIDEST_NAME, width // 4)
        column = max(8, (width - name_width - 6) // 2)
        lines = []
        for row, (name, left, right) in enumerate(self._pairs):
            if left == right and self._differences_only:
                continue
            label = clip(display_safe(name[:60]), name_width)[0]
            differs = left != right
            cells = zip_longest(_wrapped(left, column), _wrapped(right, column), fillvalue="")
            for index, (one, other) in enumerate(cells):
                lines.append(
                    Line(
                        (
                            ("≠ " if differs and not index else "  ", "accent"),
                            (set_cell_size(label if not index else "", name_width + 2), "good"),
                            (set_cell_size(one, column + 2), _style(left, differs=differs)),
                            (other, _style(right, differs=differs)),
                        ),
                        row,
                    )
                )
        return lines


def _style(value: str | None, *, differs: bool) -> str:
    if value is None:
        return "faint"
    return "bright" if differs else "dim"


def _wrapped(value: str | None, width: int) -> list[str]:
    if value is None:
        return [_MISSING]
    lines = [
        part
        for line in display_safe_block(value[:_LONGEST_VALUE]).split("\n")[:_MOST_LINES]
        for part in wrap_cells(line.expandtabs(4), width)
    ]
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"]


def _pairs(first: LogRecord, second: LogRecord, zone: tzinfo | None) -> Iterable[tuple[str, str | None, str | None]]:
    """Yield a name and what both records have under it; ``None`` where one has nothing."""
    later = second.time_ns - first.time_ns
    apart = "" if not later else f"  ({'+' if later > 0 else '−'}{duration(abs(later))})"
    yield "time", local_time(first.time_ns, zone), local_time(second.time_ns, zone) + apart
    yield "level", first.level, second.level
    yield "service", first.service, second.service
    if first.logger is not None or second.logger is not None:
        yield "logger", first.logger, second.logger
    yield "message", first.message, second.message
    ones, others = _values(first), _values(second)
    for name in dict.fromkeys([*ones, *others]):
        yield name, ones.get(name), others.get(name)
    yield "source", _origin(first), _origin(second)


def _origin(record: LogRecord) -> str:
    return f"{source_from(Path.cwd(), record.source)} at byte {record.offset:,}"


def _values(record: LogRecord) -> dict[str, str]:
    return {row.path: row.shown for row in field_rows(record.fields) if row.branch is None}
