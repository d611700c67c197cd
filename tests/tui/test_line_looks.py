"""Which time, which columns, wrapped or not: chosen once, the same in every log, remembered."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loglama_tui.screens.columns import ColumnList, ColumnsScreen
from loglama_tui.widgets.line_options import LineOptions
from loglama_tui.widgets.row_heights import last_top, rows_in, spots
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, screen_lines, until, view_of


async def test_times_are_local_utc_or_how_long_ago(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, [row(90, "then"), row(0.25, "now")]), tab="search")
    app._zone = timezone(timedelta(hours=5))
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        assert "15:57:04.887" in screen_lines(app)[0]
        await pilot.press("z")
        assert "10:57:04.887" in screen_lines(app)[0]
        await pilot.press("z")
        assert screen_lines(app)[0].split()[:2] == ["▌", "0"]
        assert screen_lines(app)[1].split()[:2] == ["1m", "30s"]
        await pilot.press("1")
        await filled(pilot, app)
        assert screen_lines(app)[0].split()[:2] == ["1m", "30s"]


async def test_fields_become_columns_that_can_be_moved_and_others_go(tmp_path: Path) -> None:
    rows = [row(2, "two", fields={"status": 200, "url": "/a", "x": 1}), row(1, "one", fields={"url": "/longer"})]
    app = explorer(make_store(tmp_path, rows), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("C")
        await until(
            pilot, lambda: isinstance(app.screen, ColumnsScreen) and app.screen.query_one(ColumnList).cursor == 0
        )
        names = app.screen.query_one(ColumnList)
        for name in ("url", "status"):
            names.cursor = None
            names.move_cursor(names.names.index(name))
            await pilot.press("space")
        assert app.line_options.columns == ("url", "status")
        await pilot.press("K", "o", "escape")
        assert app.line_options == LineOptions(columns=("status", "url"), fields=False)
        one, two = screen_lines(app)[:2]
        assert two.split()[-3:] == ["status=200", "url=/a", "two"]
        assert one.split()[-2:] == ["url=/longer", "one"]
        assert one.index("url=") == two.index("url=")
        assert one.index(" one") == two.index(" two")


async def test_wrapped_records_take_the_lines_they_need(tmp_path: Path) -> None:
    long = " ".join(f"word{index}" for index in range(40))
    rows = [row(index, long if index % 2 else f"short {index}", fields={"n": index}) for index in range(60)]
    app = explorer(make_store(tmp_path, rows), tab="search")
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot, app)
        view = view_of(app)
        await pilot.press("w")
        lines = screen_lines(app)
        text = "".join(line[24:].strip() + " " for line in lines)
        assert "word0" in text
        assert "word39" in text
        for _ in range(59):
            await pilot.press("down")
        await until(pilot, lambda: view.cursor == 59)
        assert "word39  n=59" in [line for line in screen_lines(app) if line.strip()][-1]
        assert view.top + view.page_rows == 60
        await pilot.press("home", "down", "down")
        assert view.cursor == 2
        clicked = next(y for y, spot in enumerate(view._places() or ()) if spot.row == 3)
        await pilot.click(view, offset=(30, clicked + 1))
        assert view.cursor == 3
        await pilot.press("w")
        assert view._places() is None


async def test_live_follows_wrapped_records(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)))
    async with app.run_test(size=(60, 20)) as pilot:
        await filled(pilot, app)
        await pilot.press("w")
        await filled(pilot, app)
        await until(pilot, lambda: any("299" in line for line in screen_lines(app)[-4:]))
        assert view_of(app).following


def test_what_is_remembered_may_be_anything() -> None:
    options = LineOptions("age", ("a", "b"), fields=False, wrap=True)
    assert LineOptions.from_json(options.as_json()) == options
    for nonsense in (None, 3, {}, {"clock": "x"}, {"clock": "age", "columns": 1, "fields": True, "wrap": True}):
        assert LineOptions.from_json(nonsense) == LineOptions()


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(1, 30), st.integers(0, 40))
def test_heights_add_up(heights: list[int], room: int, top: int) -> None:
    total = len(heights)

    def height_of(index: int) -> int:
        return heights[index]

    places = spots(top, total, room, height_of)
    assert len(places) == min(room, sum(heights[top:]))
    whole = rows_in(top, total, room, height_of)
    assert whole == 1 or sum(heights[top : top + whole]) <= room
    end = last_top(total, room, height_of)
    assert end == 0 or sum(heights[end - 1 :]) > room
    assert not total or end == total - 1 or sum(heights[end:]) <= room
