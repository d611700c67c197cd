"""What a query tree means for one record, in slow plain Python: the reference that the SQL must agree with."""

from __future__ import annotations

import re
from typing import Any

import orjson
import regex

from loglama_core.model import LEVEL_NAMES, LogRecord, level_name
from loglama_core.query.text_folding import fold
from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, Text, TimeRange

COLUMNS = {"level", "service", "logger", "message", "source", "id"}


def matches(node: Node | None, record: LogRecord, whole: str | None = None) -> bool:  # noqa: C901, PLR0911 - one return per kind of node
    """Return whether ``record`` matches; ``whole``: the text its message was shortened from."""
    match node:
        case None:
            return True
        case And(children):
            return all(matches(child, record, whole) for child in children)
        case Or(children):
            return any(matches(child, record, whole) for child in children)
        case Not(child):
            return not matches(child, record, whole)
        case TimeRange(since, until):
            return (since is None or record.time_ns >= since) and (until is None or record.time_ns < until)
        case Text(value):
            texts = [record.message, *leaves(record.fields), *([whole] if whole is not None else [])]
            return any(fold(value) in fold(text) for text in texts)
        case Pattern(pattern, None):
            message = record.message if whole is None else whole
            return any(regex.search(pattern, text) for text in [message, *leaves(record.fields)])
        case Pattern(pattern, str(field)):
            values = elements(value_of(field, record, whole))
            return any(regex.search(pattern, text_of(value)) for value in values if not isinstance(value, dict))
        case HasField("message"):
            return record.message != ""
        case HasField(field):
            return value_of(field, record, whole) is not None
        case Compare(field, "!=", values):
            return not matches(Compare(field, "=", values), record, whole)
        case Compare(field, operator, values):
            actual = elements(value_of(field, record, whole))
            return any(single(field, operator, value, one) for one in actual for value in values)
    raise AssertionError(node)


def value_of(field: str, record: LogRecord, whole: str | None) -> Any:
    if field == "message":
        return record.message if whole is None else whole
    if field in COLUMNS:
        return getattr(record, field)
    value: Any = record.fields
    for key in field.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return record.fields.get(field) if value is None else value


def elements(value: Any) -> list[Any]:
    """The values a comparison looks at: an array's elements at any depth, no nulls."""
    if isinstance(value, list):
        return [inner for element in value for inner in elements(element)]
    return [] if value is None else [value]


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for one in elements(value) for leaf in (leaves(one) if isinstance(one, dict) else [text_of(one)])]


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def single(field: str, operator: str, wanted: str, actual: Any) -> bool:
    if field == "level":
        return level_matches(operator, wanted, actual)
    if isinstance(actual, dict):
        return False
    if field == "source" and operator in {":", "="}:
        parts = actual.split("/")
        return any(equal(operator, wanted, "/".join(parts[start:])) for start in range(len(parts)))
    if operator in {":", "="}:
        return equal(operator, wanted, actual)
    number = as_number(wanted)
    if number is None:
        return isinstance(actual, str) and ordered(operator, fold(actual), fold(wanted))
    given = as_number(actual) if isinstance(actual, str) else actual
    return given is not None and ordered(operator, given, number)


def equal(operator: str, wanted: str, actual: Any) -> bool:
    number = as_number(wanted)
    if number is not None and not isinstance(actual, str) and actual == number:
        return True
    if operator == "=":
        return text_of(actual) == wanted
    pattern = (
        "".join(
            "*" if part == r"\*" else ".*" if part == "*" else part
            for part in (
                re.escape(piece) if piece not in {"*", r"\*"} else piece
                for piece in re.split(r"(\\\*|\*)", fold(wanted))
            )
        ).replace("*", r"\*")
        if r"\*" in wanted
        else ".*".join(map(re.escape, fold(wanted).split("*")))
    )
    return re.fullmatch(pattern, fold(text_of(actual)), re.DOTALL) is not None


def ordered(operator: str, left: Any, right: Any) -> bool:
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def as_number(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) or len(text) > 40:
        return None
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) and abs(int(text)) < 2**63 else float(text)


def level_matches(operator: str, wanted: str, name: str | None) -> bool:
    """``name`` is never None here: a record without a level has no value to compare, except with ``none``."""
    rank = LEVEL_NAMES.index(wanted)
    assert name is not None
    actual = LEVEL_NAMES.index(name)
    return actual == rank if operator in {":", "="} else ordered(operator, actual, rank)


assert level_name(0) is None
