"""The SQL of every operator agrees with plain Python on random records, for every way of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, Text, TimeRange
from loglama_core.store import record_scan
from loglama_core.store.record_reader import FieldValue
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.filled_store import NewRecord, fill
from tests.core.store.plain_evaluation import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.model import LogRecord

START_NS = 1_790_000_000_000_000_000

TEXTS = st.one_of(
    st.text(st.sampled_from('aAbB"\\%_*ŁłŹźßſK µμ\n\t/:.{}[],1'), max_size=8),
    st.sampled_from(
        ["Ann Lee", "500", "-3", "1e3", "true", "null", "status", "C:\\temp", "ŁÓDŹ", "łódź", "Straße", "x" * 60]
    ),
)
NUMBERS = st.one_of(
    st.integers(-5, 600), st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 2)),
    st.sampled_from([500, 500.0, 1e20, 2**63 - 1, -(2**63), 0.1, 1e-7]),
)  # fmt: skip
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())
KEYS = st.sampled_from(["a", "status", "user", "user.name", "name", 'od"d', "ż", "a.b", "back\\slash"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=4,
)
RECORDS = st.builds(
    NewRecord,
    time_ns=st.integers(START_NS, START_NS + 200 * 10**9),
    severity=st.integers(0, 24),
    service=st.sampled_from(["weblama", "WebLama2", "łódź"]),
    logger=st.sampled_from([None, "app.http", "App.DB"]),
    message=TEXTS,
    fields=st.dictionaries(KEYS, VALUES, max_size=4),
    source=st.sampled_from(["logs/weblama.log", "/var/log/x/weblama.log", "stdin"]),
    whole=st.one_of(st.none(), st.none(), TEXTS),
)

FIELDS = st.one_of(KEYS, st.sampled_from(["user.name", "user.a.b", "a.b", "user.status", "missing", "a..b", "b"]))
WANTED = st.one_of(
    TEXTS,
    NUMBERS.map(str),
    st.builds(lambda left, right: f"{left}*{right}", TEXTS, TEXTS),
)
ALTERNATIVES = st.lists(WANTED, min_size=1, max_size=3).map(tuple)
ORDERINGS = st.sampled_from(["<", "<=", ">", ">="])
LEVELS = st.sampled_from(["trace", "debug", "info", "warning", "error", "critical"])
IDS = st.integers(0, 30).map(str)
PATTERNS = st.sampled_from(["a", "^A", r"\d+$", "(?i)ł", "[%_]", "a|B", r"\\", "x{5,}", "^$"])

LEAVES: st.SearchStrategy[Node] = st.one_of(
    TEXTS.map(Text),
    st.builds(Compare, FIELDS, st.sampled_from([":", "=", "!="]), ALTERNATIVES),
    st.builds(Compare, FIELDS, ORDERINGS, WANTED.map(lambda value: (value,))),
    st.builds(
        Compare,
        st.just("level"),
        st.sampled_from([":", "=", "!="]),
        st.lists(LEVELS, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Compare, st.just("level"), ORDERINGS, LEVELS.map(lambda level: (level,))),
    st.builds(
        Compare,
        st.sampled_from(["service", "logger", "source", "message"]),
        st.sampled_from([":", "=", "!="]),
        st.lists(
            st.one_of(WANTED, st.sampled_from(["weblama", "WEB*", "*ŁÓDŹ", "app.*", "weblama.log", "log/x/*", "*"])),
            min_size=1,
            max_size=2,
        ).map(tuple),
    ),
    st.builds(
        Compare, st.just("id"), st.sampled_from([":", "=", "!="]), st.lists(IDS, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Compare, st.just("id"), ORDERINGS, IDS.map(lambda number: (number,))),
    st.one_of(FIELDS, st.sampled_from(["level", "service", "logger", "source", "message", "id"])).map(HasField),
    PATTERNS.map(Pattern),
    st.builds(Pattern, PATTERNS, st.one_of(FIELDS, st.sampled_from(["message", "service", "logger", "source"]))),
    st.builds(
        TimeRange,
        st.one_of(st.none(), st.integers(START_NS, START_NS + 200 * 10**9)),
        st.one_of(st.none(), st.integers(START_NS, START_NS + 200 * 10**9)),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: Or(tuple(nodes))),
    ),
    max_leaves=4,
)


def answers(reader: SqliteReader, query: Node) -> dict[str, Any]:
    """The ids that each way of asking gives, sorted."""
    return {
        "search": [record.id for record in reader.search(query)],
        "oldest": [record.id for record in reader.search(query, order="oldest")][::-1],
        "by time": [record_id for part in reader.find_ids(query, by="time") for record_id in part.ids],
    }


INDEXED = {"without": None, "half": 31, "whole": 191}
"""State of the index -> up to which id it is."""


@pytest.fixture(scope="module", autouse=True)
def _small_stores_use_the_index() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_scan, "_FEW_RECORDS", 0)
        yield


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    state=st.sampled_from(list(INDEXED)),
    records=st.lists(RECORDS, min_size=2, max_size=12),
    trees=st.lists(TREES, min_size=4, max_size=12),
)
def test_every_operator_agrees_with_plain_evaluation(
    tmp_path_factory: pytest.TempPathFactory, state: str, records: list[NewRecord], trees: list[Node]
) -> None:
    path = tmp_path_factory.mktemp("agreement") / "store.db"
    middle = len(records) // 2
    stored = fill(path, records[:middle], first_id=2) + fill(path, records[middle:], first_id=40)
    whole = {record.id: given.whole for record, given in zip(stored, records, strict=True)}
    if state == "whole":  # the block of the second half is complete once ids go on after it
        stored += fill(path, [NewRecord(START_NS, message="last")], first_id=200)
        whole[200] = None
    if state != "without":
        with RecordIndexer(path) as indexer:
            assert indexer.catch_up() >= 31
    with SqliteReader(path) as reader:
        for tree in trees:
            check(reader, stored, whole, tree)
        known = reader._connection.blocks.look()
        assert (None if known is None else known.upto) == INDEXED[state]


def check(reader: SqliteReader, stored: list[LogRecord], whole: dict[int, str | None], tree: Node) -> None:
    matching = [record for record in stored if matches(tree, record, whole[record.id])]
    ids = [record.id for record in sorted(matching, key=lambda record: (record.time_ns, record.id), reverse=True)]
    assert answers(reader, tree) == {"search": ids, "oldest": ids, "by time": ids}
    arrived = [record_id for part in reader.find_ids(tree, by="arrival") for record_id in part.ids]
    assert arrived == sorted(ids, reverse=True)
    assert [record.id for record in reader.follow(tree, after_id=0, limit=100).records] == sorted(ids)
    by_level: dict[tuple[FieldValue, ...], int] = {}
    for record in matching:
        by_level[record.level,] = by_level.get((record.level,), 0) + 1
    assert reader.counts_by(["level"], tree) == by_level
