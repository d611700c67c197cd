from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from textual.widgets import Input

from loglama_core.errors import QueryCancelledError
from loglama_core.query.tree import Node
from loglama_core.store.record_reader import FoundIds, Position
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.panes import search
from loglama_tui.panes.search import SearchPane
from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.widgets.filter_bar import FilterNote
from loglama_tui.widgets.query_bar import SinceChip
from loglama_tui.widgets.record_detail import RecordDetail
from loglama_tui.widgets.time_brush import TimeBrush
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


class HeldReader(SqliteReader):
    """Reads as always, but tells of its last hits only when it may go on: a search that takes its time."""

    goes_on = threading.Event()

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._cancelled = threading.Event()

    def interrupt(self) -> None:
        self._cancelled.set()
        super().interrupt()

    def find_ids(
        self, query: Node | None, *, by: Literal["time", "arrival"], newest: Position | None = None
    ) -> Iterator[FoundIds]:
        self._cancelled.clear()
        for part in super().find_ids(query, by=by, newest=newest):
            half = len(part.ids) // 2
            yield replace(part, ids=part.ids[:half], done=False)
            while not self.goes_on.wait(0.01):
                if self._cancelled.is_set():
                    raise QueryCancelledError("it was cancelled")
            yield replace(part, ids=part.ids[half:])


def note_of(pane: SearchPane) -> str:
    return pane.query_one(FilterNote).render().plain


async def test_hits_are_in_event_order_newest_first(tmp_path: Path) -> None:
    path = make_store(tmp_path, [row(30, "oldest"), row(10, "newest"), row(20, "between")])
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        assert [line.split()[-1] for line in screen_lines(app)[:3]] == ["newest", "between", "oldest"]


async def test_a_query_runs_as_it_is_typed_and_enter_goes_to_the_hits(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(500))
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        pane = app.query_one(SearchPane)
        await pilot.press("slash", *"level:error timeout")
        await until(pilot, lambda: len(view_of(app).rows) == 10)
        await until(pilot, lambda: "10 hits" in note_of(pane))
        await pilot.press("enter")
        assert view_of(app).has_focus
        await filled(pilot, app)
        assert "▸ 15 lines" in screen_text(app)


async def test_a_wrong_query_is_told_by_column_and_keeps_the_hits(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(500))
    app = explorer(path, tab="search", query="timeout")
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: len(view_of(app).rows) == 10)
        pane = app.query_one(SearchPane)
        pane.ask("timeout (")
        await until(pilot, lambda: "column " in note_of(pane))
        assert len(view_of(app).rows) == 10
        pane.ask("status>=")
        await until(pilot, lambda: "column 9" in note_of(pane))


async def test_nothing_found_is_said(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(50))
    app = explorer(path, tab="search", query="zzzz")
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "Nothing found." in screen_text(app))


async def test_the_hits_are_drawn_over_time(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(500))
    app = explorer(path, tab="search", query="timeout")
    async with app.run_test(size=(120, 30)) as pilot:
        bars = app.query_one(TimeBrush)
        await until(pilot, lambda: sum(bar.errors for bar in bars._bars) == 10)
        assert bars._axis


async def test_since_menu_narrows(tmp_path: Path) -> None:
    path = make_store(tmp_path, [row(7200, "long ago"), row(60, "just now")])
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: len(view_of(app).rows) == 2)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("2")
        await until(pilot, lambda: len(view_of(app).rows) == 1)
        await filled(pilot, app)
        assert "just now" in screen_text(app)


async def test_errors_below_are_earlier(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(500))
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: (record := view_of(app).record) and "number 475" in record.message)
        await pilot.press("e")
        await until(pilot, lambda: (record := view_of(app).record) and "number 425" in record.message)
        await pilot.press("E")
        await until(pilot, lambda: (record := view_of(app).record) and "number 475" in record.message)


async def test_a_value_of_the_record_becomes_a_filter(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path, tab="search")
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: app.query(RecordDetail) and app.query_one(RecordDetail).record)
        app.query_one(RecordDetail).post_message(RecordDetail.FilterRequested("service:pyllm", exclude=True))
        await until(pilot, lambda: app.query_one(SearchPane).query_one(Input).value == "-service:pyllm")
        await until(pilot, lambda: len(view_of(app).rows) == 270)


async def test_escape_stops_a_search_and_leaves_the_bar(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    HeldReader.goes_on.clear()
    app = explorer(path, tab="search")
    app._reader_factory = lambda: HeldReader(path)
    async with app.run_test(size=(120, 30)) as pilot:
        pane = app.query_one(SearchPane)
        await until(pilot, lambda: "searched back" in note_of(pane))
        await pilot.press("slash")
        assert isinstance(app.focused, Input)
        await pilot.press("q", "escape")
        assert view_of(app).has_focus
        assert pane.query_one(Input).value == "q"
        await until(pilot, lambda: "searched back" in note_of(pane) and pane.steps.now.text == "q")
        await pilot.press("escape")
        await until(pilot, lambda: "stopped" in note_of(pane))
        HeldReader.goes_on.set()
        await until(pilot, lambda: pane._finder._running is None)
        await pilot.pause()
        assert "stopped" in note_of(pane)


async def test_escape_after_a_search_says_nothing_of_stopping(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        pane = app.query_one(SearchPane)
        await until(pilot, lambda: note_of(pane).strip() == "300 hits")
        await pilot.press("escape")
        await pilot.pause()
        assert note_of(pane).strip() == "300 hits"


async def test_the_next_run_begins_where_this_one_ended(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"timeout", "enter", "r", "1")
        await until(pilot, lambda: app.query_one(SearchPane).steps.now.span.last_s == 900)
        await until(pilot, lambda: len(view_of(app).rows) == 6)
    again = explorer(path, tab="search")
    again.state = app.state
    async with again.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: len(view_of(again).rows) == 6)
        pane = again.query_one(SearchPane)
        assert pane.query_one(SinceChip).render().plain.strip() == "last 15 min ▾"
        await pilot.press("slash", "ctrl+u", "up")
        assert pane.query_one(Input).value == "timeout"


async def test_tabs_keep_what_was_found(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path)
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("2")
        await until(pilot, lambda: app.query(SearchPane) and len(view_of(app).rows) == 300)
        app.query_one(SearchPane).ask("timeout")
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("1")
        assert len(view_of(app).rows) == 300
        await pilot.press("2")
        assert len(view_of(app).rows) == 6
        assert view_of(app).has_focus


async def test_hits_that_came_since_are_counted_and_shown_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_NEWER_S", 0.02)
    path = make_store(tmp_path, [row(30, "timeout one"), row(20, "fine")])
    app = explorer(path, tab="search", query="timeout", toml='[keys]\n"search.run" = "f5,ctrl+r"\n')
    async with app.run_test(size=(120, 30)) as pilot:
        pane = app.query_one(SearchPane)
        await until(pilot, lambda: note_of(pane).strip() == "1 hit")
        append(path, [row(9, "fine again"), row(8, "a timeout"), row(7, "TIMEOUT")])
        await until(pilot, lambda: note_of(pane).strip() == "1 hit · 2 newer, f5 shows them")
        append(path, [row(6, "timeout, too")])
        await until(pilot, lambda: "3 newer" in note_of(pane))
        assert len(view_of(app).rows) == 1
        await pilot.press("f5")
        await until(pilot, lambda: note_of(pane).strip() == "4 hits" and len(view_of(app).rows) == 4)


async def test_a_search_up_to_a_moment_has_no_newer_hits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_NEWER_S", 0.02)
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        pane = app.query_one(SearchPane)
        await until(pilot, lambda: note_of(pane).strip() == "20 hits")
        append(path, [row(7, "one more")])
        await until(pilot, lambda: note_of(pane).strip() == "20 hits · 1 newer, ctrl+r shows them")
        await pilot.press("]")
        await until(pilot, lambda: "newer" not in note_of(pane) and "20 hits" in note_of(pane))
        append(path, [row(0, "later than what is looked at")], name="logs/even_more.log")
        upto = pane._upto_id
        await until(pilot, lambda: pane._upto_id > upto)
        assert "newer" not in note_of(pane)
