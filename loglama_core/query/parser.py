"""Query text to query tree."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglama_core.errors import QueryError
from loglama_core.query.tokens import LONGEST_QUERY, QueryLexer, QueryToken
from loglama_core.query.tree import And, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_GRAMMAR = Path(__file__).with_name("grammar.lark")


def parse_query(text: str, *, now_ns: int | None = None, zone: tzinfo | None = None) -> Node | None:
    """Return the tree of a query, ``None`` for an empty one, which everything matches.

    ``now_ns``: what ``since:15m`` counts back from, by default the clock. ``zone``: of times that name none, by default
    the machine's. Raises ``QueryError`` with the column at which reading stopped.
    """
    if len(text) > LONGEST_QUERY:
        message = f"the query has {len(text)} characters, at most {LONGEST_QUERY} are read"
        raise QueryError(message, "shorten it", column=LONGEST_QUERY)
    _refuse_surrogates(text)
    tokens = list(QueryLexer(text, time.time_ns() if now_ns is None else now_ns, zone).tokens())
    if all(token.kind == "TERM" for token in tokens):
        # Terms alone need no grammar: lark takes 120 ms to import, a whole `loglama logs` may take 150.
        return _every([token.node for token in tokens if token.node is not None])
    return _combined(tokens, len(text))


def _refuse_surrogates(text: str) -> None:
    """Refuse half characters, which bytes that are no UTF-8 become on a command line: no store holds any."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError("the query is not valid text", "type it in UTF-8", column=error.start) from None


def _every(nodes: list[Node]) -> Node | None:
    if len(nodes) > 1:
        return And(tuple(nodes))
    return nodes[0] if nodes else None


def _combined(tokens: list[QueryToken], length: int) -> Node:
    from lark import UnexpectedToken

    try:
        return _from_tree(_parser().parse(tokens).children[0])
    except UnexpectedToken as error:
        at = len(tokens)
        if error.token.type != "$END":
            at = next(i for i, token in enumerate(tokens) if token.column == error.token.start_pos)
        raise _misplaced(tokens, at, length) from None


@cache
def _parser() -> Any:
    from lark import Lark, Token
    from lark.lexer import Lexer

    class GivenTokens(Lexer):
        """Hands lark the tokens that QueryLexer has cut."""

        def __init__(self, _lexer_conf: Any) -> None:
            """Take nothing: the tokens come as the data to lex."""

        def lex(self, data: list[QueryToken]) -> Iterator[Token]:  # type: ignore[override]  # lark's simpler interface
            for token in data:
                yield Token(token.kind, token.node, start_pos=token.column)

    return Lark(_GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer=GivenTokens)


def _from_tree(tree: Any) -> Node:
    """Turn lark's tree into ours; its depth is bounded by that of the parentheses."""
    if not hasattr(tree, "data"):
        node: Node = tree.value
        return node
    children = tuple(_from_tree(child) for child in tree.children)
    match tree.data:
        case "negation":
            return Not(children[0])
        case "either":
            return Or(children)
    return And(children)


def _misplaced(tokens: list[QueryToken], at: int, length: int) -> QueryError:
    """Say what is missing where reading stopped: the grammar fails only where a term is wanted."""
    words = {"_OR": "OR", "_AND": "AND", "_NOT": "NOT", "_OPEN": "(", "_CLOSE": ")"}
    hint = 'write a term there, or put the word between quotes to search for it: "OR"'
    before = words.get(tokens[at - 1].kind, "") if at else ""
    if at == len(tokens):
        return QueryError(f"a term is missing after {before}", hint, column=length)
    message = f"a term is missing after {before}" if before else f"a term is missing before {words[tokens[at].kind]}"
    return QueryError(message, hint, column=tokens[at].column)
