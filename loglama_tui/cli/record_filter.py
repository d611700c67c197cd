"""The options that choose records, and the one query they become together with the QUERY words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple

import click

from loglama_core.errors import UsageError
from loglama_core.model import LEVEL_NAMES, level_name
from loglama_core.query.tree import And, Compare, Node, TimeRange
from loglama_tui.cli.shell_candidates import complete_level, complete_query, complete_service


class RecordFilter(NamedTuple):
    """What was given, and the query it means."""

    node: Node | None
    since_ns: int | None
    until_ns: int | None


def record_filter_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command QUERY, ``--service``, ``--level``, ``--since`` and ``--until``; it gets them as one ``chosen``."""

    @wraps(function)
    def with_filter(
        *arguments: object,
        query: Sequence[str],
        services: Sequence[str],
        level: str | None,
        since: str | None,
        until: str | None,
        **others: object,
    ) -> int:
        chosen = read_filter(query, services=services, level=level, since=since, until=until)
        return function(*arguments, chosen=chosen, **others)

    for option in (
        click.option("--until", metavar="T", help="Records before T."),
        click.option(
            "--since", metavar="T", help="Records from T on: 2026-11-01, 14:30, yesterday, -15m, 2h, epoch seconds."
        ),
        click.option(
            "--level", metavar="L", shell_complete=complete_level, help=f"L and above: {', '.join(LEVEL_NAMES)}."
        ),
        click.option(
            "--service",
            "services",
            metavar="A,B|all",
            multiple=True,
            shell_complete=complete_service,
            help="Only these services.",
        ),
        click.argument("query", nargs=-1, shell_complete=complete_query),
    ):
        with_filter = option(with_filter)
    return with_filter


def read_filter(
    query: Sequence[str], *, services: Sequence[str], level: str | None, since: str | None, until: str | None
) -> RecordFilter:
    """Read all options that choose records into one query. Raises ``UsageError`` (``QueryError`` with the column)."""
    nodes: list[Node] = []
    names = split_names(services, "--service")
    if names and "all" not in names:
        nodes.append(Compare("service", ":", names))
    if level is not None:
        nodes.append(Compare("level", ">=", (read_level(level),)))
    now_ns = time.time_ns()
    since_ns = None if since is None else _read_time("--since", since, now_ns)
    until_ns = None if until is None else _read_time("--until", until, now_ns)
    if since_ns is not None and until_ns is not None and since_ns > until_ns:
        raise UsageError(f"--since {since!r} is later than --until {until!r}", "swap them")
    if since_ns is not None or until_ns is not None:
        nodes.append(TimeRange(since_ns, until_ns))
    text = " ".join(query).strip()
    if text:
        from loglama_core.query.parser import parse_query

        parsed = parse_query(text, now_ns=now_ns)
        nodes += [] if parsed is None else [parsed]
    node = None if not nodes else nodes[0] if len(nodes) == 1 else And(tuple(nodes))
    return RecordFilter(node, since_ns, until_ns)


def split_names(values: Sequence[str], option: str) -> tuple[str, ...]:
    """Split ``A,B`` given once or several times into names. Raises ``UsageError`` for what can be none."""
    names = tuple(name.strip() for value in values for name in value.split(","))
    if any("\ud800" <= character <= "\udfff" for name in names for character in name):
        raise UsageError(f"{option} {','.join(values)!r} is not valid text", "type it in UTF-8")
    if not all(names):
        raise UsageError(f"{option} {','.join(values)!r} holds an empty name", f"give names as in {option} A,B")
    return names


def read_level(text: str) -> str:
    """Return the level name that ``text`` (any usual spelling) means. Raises ``UsageError`` with the accepted names."""
    word = text.strip().lower()
    if word in LEVEL_NAMES:
        return word
    from loglama_core.formats.levels import SEVERITY_BY_WORD

    name = level_name(SEVERITY_BY_WORD.get(word, 0)) if len(word) > 1 else None
    if name is None:
        raise UsageError(f"unknown level {text!r}", f"give one of {', '.join(LEVEL_NAMES)}")
    return name


def _read_time(option: str, text: str, now_ns: int) -> int:
    from loglama_core.query.time_expression import parse_time

    try:
        return parse_time(text, now_ns)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", error.hint) from error
