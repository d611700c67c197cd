"""Query text to tokens: where a term begins and ends, and whether it is plain text or a comparison.

What is pasted from a log line must simply be found, so a colon or an angle bracket makes a comparison only where a
field name stands before it and the whole does not look like an address, a path, a namespace or code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from loglama_core.errors import QueryError, UsageError
from loglama_core.model import LEVEL_NAMES
from loglama_core.query.comparison import literal_pattern
from loglama_core.query.levels import severities
from loglama_core.query.pattern import compile_pattern
from loglama_core.query.quoting import quoted_end, unquoted, unquoted_pattern
from loglama_core.query.time_expression import ACCEPTED_TIMES, parse_time
from loglama_core.query.tree import Compare, HasField, Node, Not, Pattern, Text, TimeRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

_Result = TypeVar("_Result")

LONGEST_QUERY = 10_000
"""Characters."""

MOST_TERMS = 200
DEEPEST_NESTING = 50

FIELD_NAME = re.compile(r"[^\W\d](?:[\w.@-]*\w)?|@\w(?:[\w.@-]*\w)?")
"""Names that can stand before an operator: letters, digits, ``_ . @ -``."""

_OPERATOR = re.compile(r":|>=|<=|>|<|~")
_KNOWN_FIELDS = frozenset({"level", "service", "logger", "message", "source", "id", "since", "until"})
_OPERATOR_WORDS = {"OR": "_OR", "AND": "_AND", "NOT": "_NOT"}
_CODE_FILE = re.compile(
    r".*\.(?:c|cc|cpp|cs|ex|go|h|hpp|html|java|js|jsx|kt|lua|log|php|pl|py|pyx|rb|rs|scala|sh|sql|swift|ts|tsx|txt|vue)",
    re.IGNORECASE,
)
_NUMBER_AHEAD = re.compile(r'[+-]?\.?\d|"')
_RECORD_ID = re.compile(r"\d{1,18}", re.ASCII)


class QueryToken(NamedTuple):
    """``kind``: as declared in grammar.lark; ``column``: where it begins; ``node``: what a TERM means."""

    kind: str
    column: int
    node: Node | None = None


class QueryLexer:
    """Cuts one query text into tokens; ``QueryError`` at the column where that fails."""

    def __init__(self, text: str, now_ns: int, zone: tzinfo | None) -> None:
        self._text = text
        self._now_ns = now_ns
        self._zone = zone
        self._at = 0
        self._open: list[int] = []

    def tokens(self) -> Iterator[QueryToken]:
        """Yield the tokens in order."""
        terms = 0
        while self._skip_space():
            column = self._at
            token = self._next()
            yield token
            terms += token.kind == "TERM"
            if terms > MOST_TERMS:
                raise QueryError(
                    f"the query has more than {MOST_TERMS} terms",
                    'put text that belongs together between quotes: "…"',
                    column=column,
                )
        if self._open:
            raise QueryError(
                "this parenthesis is not closed",
                "close it with ), or put text with parentheses between quotes",
                column=self._open[-1],
            )

    def _skip_space(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _next(self) -> QueryToken:
        column, text = self._at, self._text
        if text[column] == "(" and not text.startswith("()", column):
            return self._open_group()
        if text[column] == ")" and self._open:
            self._at += 1
            self._open.pop()
            return QueryToken("_CLOSE", column)
        if text[column] == "-" and self._negates(column):
            self._at += 1
            if text[self._at] == "(":
                return QueryToken("_NOT", column)
            return QueryToken("TERM", column, Not(self._term()))
        word = text[column : self._word_end(column)]
        if word in _OPERATOR_WORDS:
            self._at += len(word)
            return QueryToken(_OPERATOR_WORDS[word], column)
        return QueryToken("TERM", column, self._term())

    def _open_group(self) -> QueryToken:
        column = self._at
        self._at += 1
        self._open.append(column)
        if len(self._open) > DEEPEST_NESTING:
            raise QueryError(
                f"parentheses are nested more than {DEEPEST_NESTING} deep", "use fewer of them", column=column
            )
        return QueryToken("_OPEN", column)

    def _negates(self, column: int) -> bool:
        """Return whether a dash leaves its term out: one that stands alone, doubles or points (``->``) is text."""
        following = self._text[column + 1 : column + 2]
        return following != "" and not following.isspace() and following not in "->)"

    def _word_end(self, start: int) -> int:
        """Return where a run of text ends: at a space, or at a parenthesis that closes a group opened outside of it."""
        depth, at = 0, start
        while at < len(self._text) and not (character := self._text[at]).isspace():
            if character == "(":
                depth += 1
            elif character == ")":
                if depth == 0 and self._open:
                    break
                depth -= 1
            at += 1
        return at

    def _term(self) -> Node:
        text, column = self._text, self._at
        if text[column] == '"':
            return self._quoted_term()
        if text.startswith('~"', column):
            self._at += 1
            return Pattern(self._pattern())
        if name := FIELD_NAME.match(text, column):
            operator = _OPERATOR.match(text, name.end())
            if operator and self._compares(name[0], operator[0], operator.end()):
                self._at = operator.end()
                return self._comparison(name[0], operator[0])
        return self._word()

    def _word(self) -> Text:
        column = self._at
        self._at = max(self._word_end(column), column + 1)
        return Text(self._text[column : self._at])

    def _quoted_term(self) -> Node:
        column = self._at
        value = self._quoted()
        following = self._text[self._at : self._at + 1]
        if following and not following.isspace() and following != ")" and not any(map(str.isspace, value)):
            self._at = column  # "key":value of pasted JSON
            return self._word()
        if not value:
            raise QueryError("there is nothing between the quotes", "write the text to search for", column=column)
        return Text(value)

    def _compares(self, name: str, operator: str, after: int) -> bool:
        """Return whether name and operator begin a comparison and not a piece of pasted text."""
        following = self._text[after : after + 1]
        if not following or following.isspace():
            # "Error: connection refused" is text; a query that ends here is one being typed.
            return name in _KNOWN_FIELDS or not self._text[after:].strip()
        if operator == "~":
            return following == '"'
        if operator != ":":
            return name == "level" or _NUMBER_AHEAD.match(self._text, after) is not None
        if following in ":\\" or self._text.startswith("//", after):
            return False
        if name.lower() in LEVEL_NAMES and name.isupper():  # ERROR:root:message
            return False
        return not (len(name) == 1 and following == "/") and not _CODE_FILE.fullmatch(name)

    def _comparison(self, name: str, operator: str) -> Node:
        column = self._at
        if not self._text[column:].strip() or self._text[column].isspace():
            raise QueryError(f"a value is missing after {name}{operator}", _value_hint(name), column=column)
        if operator == "~":
            return Pattern(self._pattern(), name)
        if name in {"since", "until"} and operator == ":":
            return self._time(name)
        values: tuple[str, ...]
        if operator != ":":
            values = (self._quoted() if self._text[column] == '"' else self._bare(""),)
        else:
            values = self._values()
            if values == ("*",):
                return HasField(name)
        self._check(name, operator, values, column)
        return Compare(name, operator, values)

    def _values(self) -> tuple[str, ...]:
        """Read alternatives separated by commas; a quoted one is taken as it stands, stars too."""
        values = []
        while True:
            if self._text[self._at : self._at + 1] == '"':
                values.append(literal_pattern(self._quoted()))
            elif value := self._bare(","):
                values.append(value)
            if self._text[self._at : self._at + 1] != ",":
                return tuple(values) or ("",)
            self._at += 1

    def _bare(self, stop: str) -> str:
        start, end = self._at, self._word_end(self._at)
        if stop and (found := self._text.find(stop, start, end)) >= 0:
            end = found
        self._at = end
        return self._text[start:end]

    def _time(self, name: str) -> TimeRange:
        column = self._at
        text = self._quoted() if self._text[column] == '"' else self._bare("")
        moment = _at_column(column, parse_time, text, self._now_ns, self._zone)
        return TimeRange(since_ns=moment) if name == "since" else TimeRange(until_ns=moment)

    def _check(self, name: str, operator: str, values: tuple[str, ...], column: int) -> None:
        if name == "level":
            _at_column(column, severities, operator, values)
        if name == "id" and not all(map(_RECORD_ID.fullmatch, values)):
            raise QueryError("an id is a whole number", "as in id:123", column=column)
        if name == "message" and operator != ":":
            raise QueryError("messages have no order", 'search for text, as in "connection reset"', column=column)

    def _quoted(self) -> str:
        column, self._at = self._at, quoted_end(self._text, self._at)
        return unquoted(self._text[column : self._at])

    def _pattern(self) -> str:
        column, self._at = self._at, quoted_end(self._text, self._at)
        pattern = unquoted_pattern(self._text[column : self._at])
        _at_column(column, compile_pattern, pattern)
        return pattern


def _at_column(column: int, function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call a function that knows nothing of columns; its ``UsageError`` becomes a ``QueryError`` at ``column``."""
    try:
        return function(*arguments)
    except UsageError as error:
        raise QueryError(error.message, error.hint, column=column) from None


def _value_hint(name: str) -> str:
    match name:
        case "level":
            return f"one of {', '.join(LEVEL_NAMES)}"
        case "since" | "until":
            return ACCEPTED_TIMES
        case "id":
            return "a whole number, as in id:123"
    return f'as in {name}:text, {name}:"two words" or {name}:* (has it)'
