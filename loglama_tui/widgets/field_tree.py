"""A record's fields as a flat list of rows that read as a tree."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

CHILDREN_SHOWN = 200
"""Members of one object or array that are listed; a field of a million elements must not cost a million rows."""
_DEPTH_SHOWN = 64
_COLUMNS = frozenset({"level", "service", "logger", "message", "source", "id", "since", "until"})
"""Names that mean something else in a query."""


@dataclass(slots=True, frozen=True)
class FieldRow:
    """One line of the tree.

    ``path``: names joined by dots. ``shown``: what stands beside the name, as it came. ``field``: the name by which a
    query finds the value; empty where it has none, as in an array of objects. ``branch``: ``None`` for a value, else
    whether the object or array is open.
    """

    path: str
    label: str
    depth: int
    shown: str
    value: Any
    field: str
    branch: bool | None = None

    @property
    def copy_text(self) -> str:
        """The value as another program would want it: text as it is, anything else as JSON."""
        return self.value if isinstance(self.value, str) else _json(self.value)


def field_rows(fields: dict[str, Any], closed: Collection[str] = ()) -> list[FieldRow]:
    """Return the rows of a record's fields in the record's order; members of the paths in ``closed`` are hidden."""
    rows: list[FieldRow] = []
    for name, value in _listed(rows, fields, "", 0):
        _add(rows, name, name, value, 0, closed, field="" if name in _COLUMNS else name)
    return rows


def _add(
    rows: list[FieldRow], path: str, label: str, value: Any, depth: int, closed: Collection[str], *, field: str
) -> None:
    if not (isinstance(value, dict | list) and value and depth < _DEPTH_SHOWN):
        shown = value if isinstance(value, str) else _json(value)
        rows.append(FieldRow(path, label, depth, shown, value, field))
        return
    is_open = path not in closed
    size = f"{{{len(value)}}}" if isinstance(value, dict) else f"[{len(value)}]"
    rows.append(FieldRow(path, label, depth, size, value, "", is_open))
    if not is_open:
        return
    is_array = isinstance(value, list)
    for name, member in _listed(rows, value, path, depth + 1):
        # A query looks into arrays of values, and not into objects that are in one.
        below = (
            field if is_array and not isinstance(member, dict) else "" if is_array or not field else f"{field}.{name}"
        )
        _add(rows, f"{path}.{name}", name, member, depth + 1, closed, field=below)


def _listed(
    rows: list[FieldRow], members: dict[str, Any] | list[Any], path: str, depth: int
) -> Iterator[tuple[str, Any]]:
    """Yield as many members as are listed, each with its name; then add the row that says there are more."""
    named = members.items() if isinstance(members, dict) else ((str(index), item) for index, item in enumerate(members))
    yield from islice(named, CHILDREN_SHOWN)
    if len(members) > CHILDREN_SHOWN:
        more = f"{len(members) - CHILDREN_SHOWN:,} more, not listed here"
        rows.append(FieldRow(f"{path}.…", "…", depth, more, None, ""))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
