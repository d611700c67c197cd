"""03/04/2026 is the third of April or the fourth of March: what tells which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loglama_core.formats.timestamps import StampReader
from tests.core.formats.assembling import assembler, nanoseconds

WRITTEN_NS = nanoseconds("2026-11-24T12:00:00Z")


def days(stamps: list[str], reader: StampReader | None = None) -> list[str]:
    reader = reader or StampReader(UTC, WRITTEN_NS)
    times = [reader.text(f"{stamp} 10:00:00") for stamp in stamps]
    return [datetime.fromtimestamp((time_ns or 0) / 1e9, UTC).strftime("%m-%d") for time_ns in times]


@pytest.mark.parametrize(
    ("stamps", "read"),
    [
        (["11/03/2026", "11/04/2026"], ["11-03", "11-04"]),
        (["03/11/2026", "04/11/2026"], ["11-03", "11-04"]),
        (["03.11.2026", "04.11.2026"], ["11-03", "11-04"]),
        (["11-03-2026", "11-04-2026"], ["11-03", "11-04"]),
        (["24/02/2026", "03/04/2026"], ["02-24", "04-03"]),
        (["02/24/2026", "03/04/2026"], ["02-24", "03-04"]),
        (["03/02/2026", "03/03/2026", "04/03/2026"], ["03-02", "03-03", "03-04"]),
        (["12/02/2026", "11/02/2026"], ["02-12", "02-11"]),
        (["01/10/2026", "01/11/2026", "01/12/2026", "01/13/2026"], ["01-10", "01-11", "01-12", "01-13"]),
        (["10/11/2026", "11/11/2026", "12/11/2026", "13/11/2026"], ["11-10", "11-11", "11-12", "11-13"]),
        (["01/02/2020", "02/02/2020"], ["01-02", "02-02"]),
    ],
)  # fmt: skip
def test_the_order_is_told_by_a_day_over_12_by_the_date_before_and_by_the_source_s_last_write(
    stamps: list[str], read: list[str]
) -> None:
    assert days(stamps) == read


def test_a_source_that_is_read_on_keeps_its_order() -> None:
    assert days(["04/03/2026"], StampReader(UTC, WRITTEN_NS, nanoseconds("2026-03-03T00:00:00Z"))) == ["03-04"]
    assert days(["03/04/2026"], StampReader(UTC, WRITTEN_NS, nanoseconds("2026-04-02T00:00:00Z"))) == ["04-03"]


def test_each_source_has_an_order_of_its_own() -> None:
    for day, read in (("24/02/2026", "04-03"), ("02/24/2026", "03-04")):
        reader = assembler()
        rows = reader.feed(f"{day} 10:00:00 INFO up\n03/04/2026 10:00:00 INFO open\n".encode(), 0) + reader.flush()
        assert datetime.fromtimestamp(rows[1][0] / 1e9, UTC).strftime("%m-%d") == read
