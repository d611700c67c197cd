"""CSV (RFC 4180) that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Iterable

from loglama_core.export.record_json import json_text

# A spreadsheet takes a cell that begins so for a formula (OWASP ASVS 1.2.10), also in its full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝", "＋", "－", "＠")


def csv_row(cells: Iterable[object]) -> str:
    """Return cells as a CSV line without its end. A text that a spreadsheet would run is preceded by ``'``."""
    return ",".join(_csv_cell(cell) for cell in cells)


def _csv_cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    text = cell if isinstance(cell, str) else json_text(cell)
    if text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
