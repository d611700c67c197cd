"""A query tree as an SQL condition on a row of ``records``. Every value travels as a parameter.

Each condition is 0 or 1 and never NULL, so ``NOT`` is simply NOT. ``fields`` is JSON as orjson writes it: compact, and
only quotes, backslashes and control characters are escaped. That lets LIKE on the JSON text rule most records out
before a value is parsed (2.2 us).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import orjson

from loglama_core.errors import QueryError
from loglama_core.model import RecordFlag
from loglama_core.query.comparison import number, value_test, wildcard_parts
from loglama_core.query.levels import ALL_SEVERITIES, severities
from loglama_core.query.pattern_literals import pattern_literals
from loglama_core.query.text_folding import fold
from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, Text, TimeRange
from loglama_core.store.query_functions import pattern_in_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loglama_core.store.name_tables import NameTables

Parameter = str | int | float

_SHORTENED = RecordFlag.SHORTENED.value
_BODY_WHERE = f"(flags & {_SHORTENED} AND EXISTS (SELECT 1 FROM long_texts WHERE record_id = records.id AND {{test}}))"
_WHOLE_MESSAGE = (
    f"CASE WHEN flags & {_SHORTENED} THEN coalesce("
    "(SELECT whole_text(body) FROM long_texts WHERE record_id = records.id), message) ELSE message END"
)
_LONGEST_LIKE = 10_000
"""Characters; SQLite refuses LIKE patterns beyond 50,000 bytes, and each escape adds one."""

_MOST_TERMS = 500
"""SQLite refuses expressions nested deeper than 1,000."""

_INTEGER_LIMIT = 2**63 - 1
_WHOLE_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
_PLAIN_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
_ASCII_RUN = re.compile(r"[\x01-\x7f]+")


class Predicate(NamedTuple):
    """An SQL condition, its parameters in order, and what one evaluation costs (about, in units of 0.1 us)."""

    sql: str
    parameters: tuple[Parameter, ...] = ()
    cost: int = 1


EVERYTHING = Predicate("1")
NOTHING = Predicate("0")


def predicate_for(node: Node | None, names: NameTables) -> Predicate:
    """Return the condition that ``node`` means, with names resolved to the ids they have now.

    Raises ``QueryError`` for an unknown level, an id that is no number, a wrong pattern or more than 500 terms.
    """
    if node is None:
        return EVERYTHING
    if _terms(node) > _MOST_TERMS:
        raise QueryError(f"the query has more than {_MOST_TERMS} terms", "split it into several queries")
    return _Compiler(names).compile(node)


def _terms(node: Node) -> int:
    pending, count = [node], 0
    while pending and count <= _MOST_TERMS:
        match pending.pop():
            case And(children) | Or(children):
                pending.extend(children)
            case Not(child):
                pending.append(child)
        count += 1
    return count


class _Compiler:
    def __init__(self, names: NameTables) -> None:
        self._names = names

    def compile(self, node: Node) -> Predicate:  # noqa: PLR0911 - one return per kind of node
        match node:
            case And(children):
                return _joined(" AND ", children, self.compile)
            case Or(children):
                return _joined(" OR ", children, self.compile)
            case Not(child):
                return _negated(self.compile(child))
            case Text(value):
                return _text(value)
            case TimeRange(since_ns, until_ns):
                return _time_range(since_ns, until_ns)
            case Pattern(pattern, field):
                return self._pattern(pattern, field)
            case HasField(field):
                return self._has_field(field)
            case Compare(field, "!=", values):
                return self.compile(Not(Compare(field, "=", values)))
            case Compare(field, operator, values):
                return self._compare(field, operator, values)

    def _compare(self, field: str, operator: str, values: tuple[str, ...]) -> Predicate:
        match field:
            case "level":
                return _severity_in(severities(operator, values))
            case "service":
                return _id_in("service_id", self._names.service_ids(value_test(operator, values)))
            case "logger":
                return _known(_id_in("logger_id", self._names.logger_ids(value_test(operator, values))))
            case "source":
                return _id_in("source_id", self._names.source_ids(_source_test(operator, values)))
            case "id":
                return _joined_sql(" OR ", [_record_id(operator, value) for value in values])
            case "message":
                return _joined_sql(" OR ", [_message(operator, value) for value in values])
        return _field(field, operator, values)

    def _has_field(self, field: str) -> Predicate:
        match field:
            case "service" | "source" | "id":
                return EVERYTHING
            case "level":
                return Predicate("(severity <> 0)")
            case "logger":
                return Predicate("(logger_id IS NOT NULL)")
            case "message":
                return Predicate("(message <> '')")
        value = _json_value(field)
        if value is None:
            return Predicate("(fields IS NOT NULL AND field_is_there(fields, ?))", (field,), 24)
        return Predicate(f"({value.sql} IS NOT NULL)", value.parameters, value.cost)

    def _pattern(self, pattern: str, field: str | None) -> Predicate:
        def found(name: str) -> bool:
            return pattern_in_text(name, pattern)

        found("")  # a wrong pattern is refused even if there is nothing to search in
        match field:
            case "service":
                return _id_in("service_id", self._names.service_ids(found))
            case "logger":
                return _known(_id_in("logger_id", self._names.logger_ids(found)))
            case "source":
                return _id_in("source_id", self._names.source_ids(found))
            case "level" | "id":
                raise QueryError(f"{field} is not searched with a pattern", f"compare it, as in {field}:…")
            case "message":
                return _pattern_in_message(pattern)
            case None:
                call = Predicate("pattern_in_values(fields, ?)", (pattern,), 40)
                in_fields = _joined_sql(" AND ", [Predicate("fields IS NOT NULL", (), 0), _literal(pattern), call])
                return _joined_sql(" OR ", [_pattern_in_message(pattern), in_fields])
        hints = [Predicate("fields IS NOT NULL", (), 0), Predicate("instr(fields, ?)", (_key_end(field),))]
        call = Predicate("pattern_in_field(fields, ?, ?)", (field, pattern), 38)
        return _joined_sql(" AND ", [*hints, _literal(pattern), call])


def _pattern_in_message(pattern: str) -> Predicate:
    """Return: a regular expression is found in the message, or in the whole text of a shortened one."""
    literal = _longest_literal(pattern)
    call = Predicate(f"pattern_in_text({_WHOLE_MESSAGE}, ?)", (pattern,), 20)
    if not literal:
        return call
    possible = _may_contain("message", literal)
    return Predicate(
        f"((flags & {_SHORTENED} OR {possible.sql}) AND {call.sql})", (*possible.parameters, *call.parameters), 6
    )


def _literal(pattern: str) -> Predicate:
    """Return what the JSON of all fields passes in which a regular expression can be found: LIKE costs a fifth."""
    literal = _longest_literal(pattern)
    return _may_contain("fields", _json_text(literal)) if literal else EVERYTHING


def _longest_literal(pattern: str) -> str:
    """Return the longest ASCII text that every match of a pattern holds, empty if there is none."""
    alternatives = pattern_literals(pattern)
    if alternatives is None or len(alternatives) > 1:
        return ""
    return max((run for text in alternatives[0] for run in _ASCII_RUN.findall(text)), key=len, default="")


def _joined(word: str, children: Iterable[Node], compile_child: Callable[[Node], Predicate]) -> Predicate:
    return _joined_sql(word, [compile_child(child) for child in children])


def _joined_sql(word: str, parts: Iterable[Predicate]) -> Predicate:
    """Join conditions, cheapest first: SQLite takes them in the order written and stops at the first that decides.

    Constants are folded here: SQLite would fold ``0`` into a whole WHERE clause and then find no partial index in it.
    """
    decides, decides_nothing = (NOTHING, EVERYTHING) if word == " AND " else (EVERYTHING, NOTHING)
    ordered = sorted((part for part in parts if part != decides_nothing), key=lambda part: part.cost)
    if decides in ordered:
        return decides
    if len(ordered) < 2:
        return ordered[0] if ordered else decides_nothing
    return Predicate(
        f"({word.join(part.sql for part in ordered)})",
        tuple(parameter for part in ordered for parameter in part.parameters),
        sum(part.cost for part in ordered),
    )


def _negated(part: Predicate) -> Predicate:
    if part in {EVERYTHING, NOTHING}:
        return NOTHING if part == EVERYTHING else EVERYTHING
    return part._replace(sql=f"(NOT {part.sql})")


def _text(value: str) -> Predicate:
    """Return: the text stands in the message, in the whole text of a shortened one, or in a field's value."""
    folded = fold(value)
    message = _column_contains("message", value, Predicate("text_contains(message, ?)", (folded,)))
    fields = _may_contain("fields", _json_text(value))
    return Predicate(
        f"({message.sql} OR (fields IS NOT NULL AND {fields.sql} AND values_contain(fields, ?))"
        f" OR {_BODY_WHERE.format(test='body_contains(body, ?)')})",
        (*message.parameters, *fields.parameters, folded, folded),
        2 + message.cost,
    )


def _column_contains(column: str, value: str, call: Predicate) -> Predicate:
    """Return: the text stands in the column. LIKE decides for ASCII; beyond, it only rules out and Python decides."""
    possible = _may_contain(column, value)
    if _is_likeable(value):
        return possible
    return Predicate(f"({possible.sql} AND {call.sql})", (*possible.parameters, *call.parameters), 6)


def _is_likeable(value: str) -> bool:
    return value.isascii() and "\0" not in value and len(value) <= _LONGEST_LIKE


def _may_contain(column: str, value: str) -> Predicate:
    """Return what all that holds ``value`` passes: its longest ASCII part and, if it has others, other characters."""
    run = max(_ASCII_RUN.findall(value), key=len, default="")[:_LONGEST_LIKE]
    like = Predicate(f"{column} LIKE ? ESCAPE '\\'", (f"%{_like_text(run)}%",))
    if value.isascii():
        return like
    # More bytes than characters: most log lines are ASCII, and this costs 0.1 us against 0.5 of a call in Python.
    return Predicate(f"(length({column}) <> length(CAST({column} AS BLOB)) AND {like.sql})", like.parameters)


def _like_text(value: str) -> str:
    """Return ``value`` with LIKE's own characters escaped by a backslash."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _json_text(value: str) -> str:
    """Return ``value`` as it stands inside a JSON string."""
    return orjson.dumps(value).decode()[1:-1]


def _message(operator: str, value: str) -> Predicate:
    if operator == ":":
        return Predicate(f"text_matches({_WHOLE_MESSAGE}, ?)", (value,), 10)
    if operator == "=":
        return Predicate(f"({_WHOLE_MESSAGE} = ?)", (value,))
    raise QueryError(f"message{operator}{value} has no order", 'search for text, as in "connection reset"')


def _record_id(operator: str, value: str) -> Predicate:
    if not _WHOLE_NUMBER.fullmatch(value) or int(value) > _INTEGER_LIMIT:
        raise QueryError(f"{value!r} is not the id of a record", "ids are whole numbers, as in id:123")
    symbol = "=" if operator == ":" else operator
    return Predicate(f"(id {symbol} ?)", (int(value),))


def _time_range(since_ns: int | None, until_ns: int | None) -> Predicate:
    parts = [EVERYTHING]
    for symbol, limit in ((">=", since_ns), ("<", until_ns)):
        if limit is not None:
            parts.append(Predicate(f"(time_ns {symbol} ?)", (max(-_INTEGER_LIMIT, min(_INTEGER_LIMIT, limit)),)))
    return _joined_sql(" AND ", parts)


def _severity_in(numbers: frozenset[int]) -> Predicate:
    if numbers == ALL_SEVERITIES:
        return EVERYTHING
    ranges: list[list[int]] = []
    for severity in sorted(numbers):
        if ranges and ranges[-1][1] == severity - 1:
            ranges[-1][1] = severity
        else:
            ranges.append([severity, severity])
    if not ranges:
        return NOTHING
    return _joined_sql(" OR ", [Predicate("(severity BETWEEN ? AND ?)", (low, high)) for low, high in ranges])


def _id_in(column: str, ids: Sequence[int]) -> Predicate:
    if not ids:
        return NOTHING
    if len(ids) == 1:
        return Predicate(f"({column} IS ?)", (ids[0],))
    # One parameter however many ids: a store may know thousands of loggers.
    return Predicate(f"({column} IN (SELECT value FROM json_each(?)))", (orjson.dumps(ids).decode(),))


def _known(logger: Predicate) -> Predicate:
    return _joined_sql(" AND ", [Predicate("logger_id IS NOT NULL", (), 0), logger])


def _source_test(operator: str, values: tuple[str, ...]) -> Callable[[str], bool]:
    """Return the test of a source's path; whole path parts at its end are enough (``source:weblama.log``)."""
    test = value_test(operator, values)
    if operator not in {":", "="}:
        return test
    return lambda path: any(test(path[start:]) for start in (0, *(m.end() for m in re.finditer("/", path))))


def _field(field: str, operator: str, values: tuple[str, ...]) -> Predicate:
    """Return: a field compares. Cheap conditions on the JSON text first, SQLite's own JSON next, Python last."""
    call = Predicate("field_matches(fields, ?, ?)", (field, orjson.dumps([operator, *values]).decode()), 24)
    value = _json_value(field)
    if len(values) == 1 and value is not None:
        call = _decided_by_json(value, operator, values[0], call)
    hints = [Predicate("fields IS NOT NULL", (), 0), Predicate("instr(fields, ?)", (_key_end(field),))]
    if operator in {":", "="} and (hint := _value_hint(values)):
        hints[1] = hint
    return _joined_sql(" AND ", [*hints, call])


def _decided_by_json(value: Predicate, operator: str, wanted: str, call: Predicate) -> Predicate:
    """Spare the call in Python (2.2 us) where json_extract (0.7 us) already knows.

    Numbers sort before every text in SQLite and 9e999 is infinity, so the second comparison tells numbers from texts,
    which (like the JSON of arrays) Python has to look at.
    """
    spelled = number(wanted)
    if operator in {":", "="}:
        if wanted.startswith(("[", "{")) or "\\" in wanted:  # could be the JSON of an array, or an escaped star
            return call
        equal: Parameter = wanted if spelled is None else spelled
        return Predicate(
            f"(ifnull({value.sql} = ?, 0) OR {call.sql})", (*value.parameters, equal, *call.parameters), 14
        )
    if spelled is None:
        return call
    if operator in {">", ">="}:
        sql = f"ifnull({value.sql} {operator} ? AND ({value.sql} < 9e999 OR {call.sql}), 0)"
    else:
        sql = f"ifnull({value.sql} {operator} ? OR {value.sql} >= 9e999 AND {call.sql}, 0)"
    return Predicate(sql, (*value.parameters, spelled, *value.parameters, *call.parameters), 14)


def json_of_field(field: str) -> Predicate:
    """Return the SQL expression for the JSON of a field's value, NULL if a record has none."""
    paths = _json_paths(field)
    if not paths:
        return Predicate("iif(fields IS NULL, NULL, field_json(fields, ?))", (field,), 24)
    # Without the second NULL coalesce would lack the two arguments it insists on.
    values = ", ".join("nullif(fields -> ?, 'null')" for _ in paths)
    return Predicate(f"coalesce({values}, NULL)", paths, 8)


def _json_value(field: str) -> Predicate | None:
    """Return the field's value by SQLite's JSON functions, ``None`` for a name that its paths cannot express."""
    paths = _json_paths(field)
    if not paths:
        return None
    values = ", ".join("json_extract(fields, ?)" for _ in paths)
    return Predicate(f"coalesce({values}, NULL)", paths, 8)


def _json_paths(field: str) -> tuple[str, ...]:
    """Return the JSON paths of a field, nested first; none for a name that SQLite's paths cannot express."""
    keys = field.split(".")
    if _json_text(field) != field or not all(keys):
        return ()
    nested = "$" + "".join(f'."{key}"' for key in keys)
    return (nested,) if len(keys) == 1 else (nested, f'$."{field}"')


def _key_end(field: str) -> str:
    """Return the end of the key in JSON, which ``{"user": {"name": …}}`` and ``{"user.name": …}`` share."""
    return f'{_json_text(field.rpartition(".")[2])}":'


def _value_hint(values: tuple[str, ...]) -> Predicate | None:
    """Return LIKE on the JSON text that every record with one of the values passes; ``None`` if there is none."""
    hints = []
    for value in values:
        if number(value) is not None and not _PLAIN_INTEGER.fullmatch(value):
            return None  # 5e2 is 500, too
        literal = max((_json_text(part) for part in wildcard_parts(value)), key=len)
        hints.append(_may_contain("fields", literal))
    return _joined_sql(" OR ", hints)
