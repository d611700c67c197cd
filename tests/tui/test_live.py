from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.screens.record import RecordScreen
from loglama_tui.widgets.activity_bars import ActivityBars
from loglama_tui.widgets.filter_bar import FilterBar, FilterChips, FilterNote
from loglama_tui.widgets.header import Header
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.record_detail import RecordDetail
from tests.store_maker import row
from tests.tui.explorer import (
    append,
    explorer,
    filled,
    make_store,
    ordinary_rows,
    screen_lines,
    screen_text,
    until,
    view_of,
)


def text_of(widget: Header | KeyBar | FilterNote | FilterChips) -> str:
    return widget.render().plain


async def test_shows_the_newest_records_and_follows(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        assert "number 299" in screen_text(app)
        append(path, [row(0, "just arrived")])
        await until(pilot, lambda: "just arrived" in screen_lines(app)[view_of(app).page_rows - 1])
        assert view_of(app).following
        await until(pilot, lambda: "301 records" in text_of(app.query_one(Header)))


async def test_scrolling_up_pauses_and_nothing_moves_under_the_reader(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("up", "pageup")
        await filled(pilot, app)
        before = screen_lines(app)[:-1]
        append(path, [row(0, "below"), row(0, "bad", severity=17), row(0, "worse", severity=21)])
        await until(pilot, lambda: "2 new errors below" in screen_text(app))
        assert screen_lines(app)[:-1] == before
        assert "follow" in text_of(app.query_one(KeyBar))
        await pilot.press("G")
        await until(pilot, lambda: "worse" in screen_text(app))
        assert "below ──" not in screen_text(app)
        assert view_of(app).following


async def test_space_toggles_following(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(100))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("space")
        assert not view_of(app).following
        append(path, [row(0, "while paused")])
        await until(pilot, lambda: "1 new below" in screen_text(app))
        assert "while paused" not in screen_text(app)
        await pilot.press("space")
        await until(pilot, lambda: "while paused" in screen_text(app))


async def test_moving_down_to_the_last_row_follows_again(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(100))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("up")
        assert not view_of(app).following
        await pilot.press("down")
        assert view_of(app).following


async def test_the_wheel_pauses_and_follows(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(200))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        view = view_of(app)
        view._scroll(-30)
        assert not view.following
        view._scroll(60)
        view._scroll(3)
        assert view.following


async def test_text_filter_narrows_marks_and_keeps_following(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"timeout")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await filled(pilot, app)
        assert all("timeout" in line for line in screen_lines(app) if line)
        assert "6 hits" in text_of(app.query_one(FilterNote))
        append(path, [row(0, "no match"), row(0, "another TIMEOUT")])
        await until(pilot, lambda: "another TIMEOUT" in screen_text(app))
        assert len(view_of(app).rows) == 7
        app.query_one(FilterBar).set_text("another")
        await until(pilot, lambda: "1 hit" in text_of(app.query_one(FilterNote)))
        assert "1 hits" not in text_of(app.query_one(FilterNote))
        await pilot.press("enter")
        assert view_of(app).has_focus


async def test_half_typed_filter_keeps_the_last_result_and_says_what_is_missing(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"timeout")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        app.query_one(FilterBar).set_text("timeout level:")
        await until(pilot, lambda: "column 15" in text_of(app.query_one(FilterNote)))
        assert len(view_of(app).rows) == 6
        app.query_one(FilterBar).set_text("timeout level:error")
        await until(pilot, lambda: "6 hits" in text_of(app.query_one(FilterNote)))


async def test_escape_leaves_the_filter_then_clears_it(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"timeout")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("escape")
        assert view_of(app).has_focus
        assert len(view_of(app).rows) == 6
        await pilot.press("escape")
        await until(pilot, lambda: len(view_of(app).rows) == 300)
        assert not app.query_one(FilterBar).text


async def test_level_keys_hide_below(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("plus", "plus", "plus", "plus")
        await until(pilot, lambda: len(view_of(app).rows) == 36)
        assert "≥ warning" in text_of(app.query_one(FilterChips))
        await pilot.press("plus")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press(*["minus"] * 6)
        await until(pilot, lambda: len(view_of(app).rows) == 300)


async def test_level_and_service_menus_show_counts_and_pick_by_digit(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        prompts = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert "≥ error" in prompts[5]
        assert prompts[5].endswith(" 6")
        await pilot.press("5")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("escape", "s")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("down", "enter")
        await until(
            pilot, lambda: 0 < len(view_of(app).rows) < 300 and "service all" not in text_of(app.query_one(FilterChips))
        )


async def test_error_keys_search_beyond_what_is_seen(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(1000))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("E")
        await until(pilot, lambda: (record := view_of(app).record) and "number 975" in record.message)
        assert not view_of(app).following
        await pilot.press("E")
        await until(pilot, lambda: (record := view_of(app).record) and "number 925" in record.message)
        await pilot.press("e")
        await until(pilot, lambda: (record := view_of(app).record) and "number 975" in record.message)


async def test_enter_opens_the_record_over_a_narrow_log_and_steps_through_it(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(99, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        screen = app.screen
        assert isinstance(screen, RecordScreen)
        assert screen.record.id == 300
        await pilot.press("p")
        await until(pilot, lambda: screen.record.id == 299)
        await pilot.press("escape")
        assert view_of(app).has_focus


@pytest.mark.parametrize("width", [100, 139, 140, 200])
async def test_enter_opens_the_record_below_the_log_or_beside_a_wide_one(tmp_path: Path, width: int) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(width, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.query(RecordDetail)) and app.query_one(RecordDetail).record)
        log, detail = view_of(app).region, app.query_one(RecordDetail).region
        assert (detail.x == log.right, detail.y == log.bottom) == (width >= 140, width < 140)
        assert detail.right == width
        assert min(log.height, detail.height) >= 10
        assert log.y <= log.y + view_of(app).cursor - view_of(app).top < log.bottom
        await pilot.press("up")
        await until(pilot, lambda: (record := app.query_one(RecordDetail).record) and record.id == 299)
        await pilot.press("escape")
        await until(pilot, lambda: not app.query(RecordDetail))


async def test_copy_sends_the_whole_record(tmp_path: Path) -> None:
    path = make_store(tmp_path, [row(5, "short"), row(1, "the message", fields={"k": "v"})])
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("y")
        await until(pilot, lambda: "the message" in app.clipboard)
        assert '{"k": "v"}' in app.clipboard
        assert "INFO apilama" in app.clipboard


async def test_a_trace_can_be_searched_for(tmp_path: Path) -> None:
    path = make_store(tmp_path, [*ordinary_rows(300), row(0.5, "same", service="pybox", fields={"request_id": "r299"})])
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("t")
        await until(pilot, lambda: app.screen.query("TraceTimeline"))
        await pilot.press("s")
        await until(pilot, lambda: app.screen_stack[0].query("SearchPane") and len(view_of(app).rows) == 2)


async def test_a_late_continuation_is_shown(tmp_path: Path) -> None:
    """A traceback may join its record after that was drawn."""
    path = make_store(tmp_path, ordinary_rows(60))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("up")
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "UPDATE records SET message = message || char(10) || 'more' || char(10) || 'lines' WHERE id = 59"
            )
        await until(pilot, lambda: "▸ 3 lines" in screen_text(app))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)])
async def test_every_size_shows_records_and_resizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=size) as pilot:
        await filled(pilot, app)
        view = view_of(app)
        assert all(view.render_line(y).cell_length == view.size.width for y in range(view.size.height))
        assert view.size.height >= size[1] - 10
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: view.size.width == 80)
        await filled(pilot, app)
        assert "number 299" in screen_text(app)


async def test_a_missing_store_is_explained_and_picked_up_when_it_appears(tmp_path: Path) -> None:
    app = explorer(tmp_path / "loglama.db")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "There is nothing to show yet." in screen_text(app))
        make_store(tmp_path, ordinary_rows(5))
        await until(pilot, lambda: "number 4" in screen_text(app))


async def test_an_empty_store_is_explained(tmp_path: Path) -> None:
    path = make_store(tmp_path, [])
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "No records yet." in screen_text(app))
        append(path, [row(0, "the first one")])
        await until(pilot, lambda: "the first one" in screen_text(app))


async def test_an_empty_store_and_no_collector_say_so(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, []))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No records yet." in screen_text(app))
        assert "collect nothing (--no-collect)" in screen_text(app)
        assert "loglama log-collector start" in screen_text(app)


async def test_a_pause_before_the_first_records_holds(tmp_path: Path) -> None:
    path = make_store(tmp_path, [])
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "No records yet." in screen_text(app))
        await pilot.press("space")
        append(path, ordinary_rows(100))
        await until(pilot, lambda: "number 99" in screen_text(app))
        assert not view_of(app).following
        append(path, ordinary_rows(100, first=100), name="logs/later.log")
        await until(
            pilot, lambda: "100 new below" in view_of(app).notice or "below, 100 records" in view_of(app).notice
        )
        assert "number 99" in screen_text(app)


async def test_a_filter_leaves_the_reader_where_he_paused(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(1_000)))
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("E", "E", "E")
        await until(pilot, lambda: (record := view_of(app).record) and "number 875" in record.message)
        await pilot.press("dollar_sign")
        await until(pilot, lambda: len(view_of(app).rows) == 20)
        assert not view_of(app).following
        await until(pilot, lambda: (record := view_of(app).record) and "number 875" in record.message)
        await pilot.press("escape")
        await until(pilot, lambda: len(view_of(app).rows) == 1_000)
        await until(pilot, lambda: (record := view_of(app).record) and "number 875" in record.message)
        await pilot.press("G")
        await until(pilot, lambda: view_of(app).following)


async def test_a_filter_that_matches_nothing_says_so(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(50))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"zzzz")
        await until(pilot, lambda: "No record matches." in screen_text(app))
        assert app.focused is app.query_one(Input)


async def test_the_last_ten_minutes_are_drawn(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(600))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        bars = app.query_one(ActivityBars)
        await until(pilot, lambda: sum(sum(bar) for bar in bars._bars) >= 590)
        assert sum(bar.errors for bar in bars._bars) == 12


async def test_live_keeps_up_with_a_burst(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(50))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        append(path, ordinary_rows(20_000, first=50))
        await until(pilot, lambda: len(view_of(app).rows) == 20_050)
        await filled(pilot, app)
        assert "number 20049" in screen_text(app)
        await pilot.press("g")
        await filled(pilot, app)
        assert "number 0 " in screen_lines(app)[0]


async def test_each_step_of_the_filter_can_be_taken_back_and_again(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        bar = app.query_one(FilterBar)
        await pilot.press("number_sign")
        await until(pilot, lambda: len(view_of(app).rows) == 36)
        await pilot.press("slash", *"timeout", "enter")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("backspace")
        await until(pilot, lambda: len(view_of(app).rows) == 36)
        assert bar.text == ""
        await pilot.press("backspace")
        await until(pilot, lambda: len(view_of(app).rows) == 300)
        assert "all" in bar.query_one(FilterChips).render().plain
        await pilot.press("ctrl+y", "ctrl+y")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        assert (bar.text, bar.query_one(FilterChips).level) == ("timeout", "warning")
        await pilot.press("escape")
        await until(pilot, lambda: len(view_of(app).rows) == 300)
        await pilot.press("backspace")
        await until(pilot, lambda: bar.text == "timeout" and len(view_of(app).rows) == 6)


@pytest.mark.parametrize(
    ("key", "level", "left"), [("at", "info", 270), ("dollar_sign", "error", 6), ("percent_sign", "critical", 0)]
)
async def test_level_keys_hide_what_is_below(tmp_path: Path, key: str, level: str, left: int) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press(key)
        await until(pilot, lambda: app.query_one(FilterChips).level == level)
        await until(pilot, lambda: len(view_of(app).rows) == left)
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: len(view_of(app).rows) == 300)
