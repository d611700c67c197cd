"""What questions to a store of a million records cost; each answer is checked before its time counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loglama_core.query.parser import parse_query
from loglama_core.store.sqlite_reader import SqliteReader
from tests.bench.conftest import measured
from tests.bench.event_stream import NEEDLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from tests.bench.conftest import Import

MINUTE_NS = 60_000_000_000


@pytest.fixture(scope="module")
def reader(json_import: Import) -> Iterator[SqliteReader]:
    with SqliteReader(json_import.folder / "logs" / "loglama.db") as opened:
        yield opened


def hits(reader: SqliteReader, text: str, by: Literal["time", "arrival"]) -> int:
    return sum(len(found.ids) for found in reader.find_ids(parse_query(text), by=by))


def test_pages(reader: SqliteReader, json_import: Import) -> None:
    middle = json_import.truth.records // 2
    measured("newest page of 50", 50, lambda: len(list(reader.search(None, limit=50))), 10)
    severe = parse_query("level:error service:shop")
    measured("newest 50 of a service and level", 50, lambda: len(list(reader.search(severe, limit=50))), 20)
    measured("256 records by id", 256, lambda: len(reader.id_range(middle, middle + 255)), 3)
    ids = list(range(middle, 0, -97))[:256]
    measured("256 scattered records", 256, lambda: len(reader.records(ids)), 6)


def test_searches(reader: SqliteReader, json_import: Import) -> None:
    truth = json_import.truth
    errors = truth.by_level["error"]
    measured("ids of a rare level, by time", errors, lambda: hits(reader, "level:error", "time"), 300)
    measured("ids of a rare level, by arrival", errors, lambda: hits(reader, "level:error", "arrival"), 300)
    mailer = truth.by_service["mailer"]
    measured("ids of a service, by time", mailer, lambda: hits(reader, "service:mailer", "time"), 800)
    measured("substring scan, by arrival", truth.needles, lambda: hits(reader, NEEDLE.upper(), "arrival"), 700)
    measured("substring scan, by time", truth.needles, lambda: hits(reader, NEEDLE, "time"), 1000)


def test_counts(reader: SqliteReader, json_import: Import) -> None:
    truth = json_import.truth
    bounds = reader.time_bounds()
    assert bounds is not None
    since = bounds[0] // MINUTE_NS * MINUTE_NS
    step = max(1, (bounds[1] - since) // 60 // MINUTE_NS) * MINUTE_NS
    until = bounds[1] + 1

    def over_time() -> int:
        buckets = reader.counts_over_time(None, since_ns=since, until_ns=until, step_ns=step)
        return sum(sum(bucket.counts.values()) for bucket in buckets)

    measured("counts over time", truth.records, over_time, 50)
    by_both = len(truth.by_level) * len(truth.by_service)
    measured("counts by service and level", by_both, lambda: len(reader.counts_by(["service", "level"])), 50)
