"""Which severities a level named in a query means."""

from __future__ import annotations

from loglama_core.errors import QueryError
from loglama_core.model import LEVEL_NAMES, level_name
from loglama_core.query.comparison import matches_pattern, wildcard_parts

ALL_SEVERITIES = frozenset(range(25))

_HINT = f"levels are {', '.join(LEVEL_NAMES)}, or none for records without one"
_SHORTEST_PREFIX = 3
_OTHER_NAMES = {"fatal": "critical"}


def severities(operator: str, values: tuple[str, ...]) -> frozenset[int]:
    """Return the severities that ``level`` compared (``: = < <= > >=``) with ``values`` stands for.

    A name may be shortened to three letters (``warn``, ``err``), ``none`` is the lack of a level, and an ordering never
    matches a record without one. Raises ``QueryError`` for an unknown level.
    """
    return frozenset().union(*(_severities_of_one(operator, value) for value in values))


def _severities_of_one(operator: str, value: str) -> frozenset[int]:
    named = _named(value.lower())
    if operator in {":", "="}:
        return named
    if 0 in named or not named:
        message = f"level{operator}{value} has no order"
        raise QueryError(message, _HINT)
    lowest, highest = min(named), max(named)
    return {
        "<": frozenset(range(1, lowest)),
        "<=": frozenset(range(1, highest + 1)),
        ">": frozenset(range(highest + 1, 25)),
        ">=": frozenset(range(lowest, 25)),
    }[operator]


def _named(value: str) -> frozenset[int]:
    if value == "none":
        return frozenset({0})
    value = _OTHER_NAMES.get(value, value)
    parts = wildcard_parts(value)
    if len(parts) > 1:
        names = {name for name in LEVEL_NAMES if matches_pattern(name, parts)}
    else:
        names = {name for name in LEVEL_NAMES if name.startswith(value) and len(value) >= _SHORTEST_PREFIX}
    if not names:
        message = f"there is no level {value!r}"
        raise QueryError(message, _HINT)
    return frozenset(severity for severity in ALL_SEVERITIES if level_name(severity) in names)
