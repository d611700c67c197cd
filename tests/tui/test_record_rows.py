from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from loglama_tui.widgets.record_rows import ArrivalRows, FoundArrivalRows, FoundTimeRows
from loglama_tui.widgets.scroll_thumb import ScrollThumb, row_at


def test_arrival_rows_are_a_range() -> None:
    rows = ArrivalRows(100, 199)
    assert len(rows) == 100
    assert list(rows.ids(98, 105)) == [198, 199]
    assert list(rows.ids(-3, 2)) == [100, 101]
    assert rows.row_of(150) == 50
    assert rows.row_of(5) == 0
    assert len(ArrivalRows()) == 0
    assert ArrivalRows().row_of(1) is None


@given(
    older=st.lists(st.integers(1, 500), unique=True),
    newer=st.lists(st.integers(501, 999), unique=True),
    first=st.integers(-5, 60),
    count=st.integers(0, 40),
)
def test_found_rows_read_as_one_ascending_list(older: list[int], newer: list[int], first: int, count: int) -> None:
    rows = FoundArrivalRows()
    rows.add_older(array("q", sorted(older, reverse=True)))
    rows.add_newer(sorted(newer))
    everything = sorted(older) + sorted(newer)
    assert len(rows) == len(everything)
    assert list(rows.ids(first, first + count)) == everything[max(0, first) : max(0, first + count)]
    for row, record_id in enumerate(everything):
        assert rows.row_of(record_id) == row


def test_found_time_rows_keep_their_order() -> None:
    rows = FoundTimeRows()
    rows.add(array("q", [9, 3]))
    rows.add(array("q", [7]))
    assert list(rows.ids(0, 10)) == [9, 3, 7]
    assert rows.row_of(7) == 2
    assert rows.row_of(8) is None


@given(total=st.integers(0, 10**7), height=st.integers(1, 60), line=st.integers(0, 59))
def test_the_thumb_stays_in_its_bar_and_grabbing_it_reaches_both_ends(total: int, height: int, line: int) -> None:
    top = row_at(min(line, height - 1), total=total, page=height, height=height) if total > height else 0
    thumb = ScrollThumb.measure(top=top, total=total, page=height, height=height)
    assert 0 <= thumb.first <= thumb.first + thumb.length <= height
    if total > height:
        assert thumb.length >= 1
        assert row_at(0, total=total, page=height, height=height) == 0
        assert row_at(height - 1, total=total, page=height, height=height) == (total - height if height > 1 else 0)
