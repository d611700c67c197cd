"""How a person wants lines of records: which time, which fields as columns, wrapped or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Clock = Literal["clock", "utc", "age"]
"""The machine's time, UTC, or how long ago."""

CLOCKS: tuple[Clock, ...] = get_args(Clock)
_MOST_COLUMNS = 20


@dataclass(slots=True, frozen=True)
class LineOptions:
    """The same in every log. ``columns``: fields (or ``logger``) that stand before the message, in this order.

    ``fields``: whether the other fields follow the message. ``wrap``: whether a record takes as many lines as it needs.
    """

    clock: Clock = "clock"
    columns: tuple[str, ...] = ()
    fields: bool = True
    wrap: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the options as a JSON object."""
        return {"clock": self.clock, "columns": list(self.columns), "fields": self.fields, "wrap": self.wrap}

    @classmethod
    def from_json(cls, value: Any) -> LineOptions:
        """Return the options that ``as_json`` returned; what is none of them is as if nothing was chosen."""
        match value:
            case {
                "clock": "clock" | "utc" | "age" as clock,
                "columns": [*columns],
                "fields": bool(fields),
                "wrap": bool(wrap),
            }:
                names = tuple(name for name in columns if isinstance(name, str))[:_MOST_COLUMNS]
                return cls(clock, names, fields, wrap)
        return cls()
