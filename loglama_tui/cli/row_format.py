"""Rows that are not records (counts, sources, settings) in each data format, aligned for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loglama_tui.cli.data_lines import csv_line, json_line, logfmt_line, raw_line
from loglama_tui.cli.pretty_record import FAINT, paint
from loglama_tui.display_safe import display_safe


@dataclass(slots=True, frozen=True)
class Column:
    """One key of the rows and how the pretty format shows it."""

    key: str
    title: str
    right: bool = False
    sgr: Callable[[object], str] | None = None
    """Value -> SGR attributes, where colour means something."""


def format_rows(
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[Column],
    output_format: str,
    *,
    terminal: bool,
    color: bool = False,
) -> str:
    """Return all rows as text in one of ``FORMATS``; pretty and csv begin with the titles."""
    if output_format == "pretty":
        return _table(rows, columns, color=color)
    if output_format == "jsonl":
        return "".join(json_line(row, terminal=terminal) for row in rows)
    keys = [column.key for column in columns]
    if output_format == "logfmt":
        return "".join(logfmt_line((key, row.get(key)) for key in keys) for row in rows)
    cells: list[list[object]] = [[row.get(key) for key in keys] for row in rows]
    if output_format == "csv":
        return csv_line(keys, terminal=terminal) + "".join(csv_line(line, terminal=terminal) for line in cells)
    return "".join(raw_line(line, terminal=terminal) for line in cells)


def _table(rows: Sequence[Mapping[str, object]], columns: Sequence[Column], *, color: bool) -> str:
    shown = [[shown_cell(row.get(column.key)) for column in columns] for row in rows]
    widths = [max([len(column.title), *(len(line[index]) for line in shown)]) for index, column in enumerate(columns)]
    titles = [_padded(column.title, width, column) for column, width in zip(columns, widths, strict=True)]
    lines = [paint("  ".join(titles).rstrip(), FAINT, color=color)]
    for row, cells in zip(rows, shown, strict=True):
        parts = [
            paint(_padded(cell, width, column), column.sgr(row.get(column.key)) if column.sgr else "", color=color)
            for cell, width, column in zip(cells, widths, columns, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return "".join(f"{line}\n" for line in lines)


def _padded(text: str, width: int, column: Column) -> str:
    return f"{text:>{width}}" if column.right else f"{text:<{width}}"


def shown_cell(value: object) -> str:
    """Return a value as a person reads it: numbers with thousands apart, nothing as ``-``."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return display_safe(str(value))
