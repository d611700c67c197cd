"""Patterns of a store's messages: every record in one of them, and found again by its query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_core.query.parser import parse_query
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_000_000_000


def made() -> list[NewRecord]:
    users = ("ann", "bob", "cyd")
    return [
        *(NewRecord(START_NS + n * SECOND, message=f"request {n} took {n / 7:.3f} ms") for n in range(300)),
        *(
            NewRecord(START_NS + n * SECOND, message=f"user {users[n % 3]} logged in from 10.0.0.{n}", service="auth")
            for n in range(200)
        ),
        *(NewRecord(START_NS + n, severity=17, message="boom\nTraceback\n  at 7", service="auth") for n in range(9)),
        NewRecord(START_NS + 5, message="once"),
    ]


def test_each_pattern_counts_its_records_and_finds_them(path: Path) -> None:
    fill(path, made())
    with SqliteReader(path) as reader:
        *_, last = reader.patterns(None, columns=10)
        assert (last.done, last.records, last.distinct) == (True, 510, 4)
        assert [(p.text, p.count) for p in last.patterns] == [
            ("request <n> took <n> ms", 300),
            ("user <*> logged in from <n>", 200),
            ("boom", 9),
            ("once", 1),
        ]
        first, second, third, _ = last.patterns
        assert (first.first_ns, first.last_ns) == (START_NS, START_NS + 299 * SECOND)
        assert first.trend == (30,) * 10
        assert first.example == "request 299 took 42.714 ms"
        assert second.services == (("auth", 200),)
        assert third.levels == (("error", 9),)
        for pattern in last.patterns:
            assert sum(reader.counts_by((), pattern.query).values()) == pattern.count


def test_patterns_of_a_query_and_their_stable_ids(path: Path) -> None:
    fill(path, made())
    with SqliteReader(path) as reader:
        *_, whole = reader.patterns(None)
        *_, narrow = reader.patterns(parse_query("service:auth"), most=1)
        assert [p.text for p in narrow.patterns] == ["user <*> logged in from <n>"]
        assert narrow.distinct == 2
        assert narrow.patterns[0].id == whole.patterns[1].id
        assert len({p.id for p in whole.patterns}) == 4
        *_, nothing = reader.patterns(parse_query("absent"))
        assert (nothing.patterns, nothing.records, nothing.done) == ((), 0, True)
