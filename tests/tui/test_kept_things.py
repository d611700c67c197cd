"""Bookmarks and saved queries, as a person sets, finds and deletes them."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Static

from loglama_core.store.bookmarks import bookmarks, set_bookmark
from loglama_core.store.saved_queries import save_query, saved_queries
from loglama_tui.panes.context import ContextPane
from loglama_tui.panes.search import SearchPane
from loglama_tui.screens.pick import PickList, PickScreen
from loglama_tui.screens.prompt import PromptScreen
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, screen_lines, until, view_of
from tests.tui.widget_app import shown


async def test_a_bookmark_with_a_note_is_marked_listed_and_jumped_to(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("down", "down", "b")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press(*"look here", "enter")
        await until(pilot, lambda: [mark.note for mark in bookmarks(path)] == ["look here"])
        await until(pilot, lambda: screen_lines(app)[2].startswith("◆"))
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        picks = app.screen.query_one(PickList)
        await until(pilot, lambda: picks.cursor == 0)
        assert "look here" in shown(picks)[0]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(ContextPane))
        pane = app.screen.query_one(ContextPane)
        assert pane.origin.id == bookmarks(path)[0].record_id


async def test_the_note_of_a_bookmark_is_changed(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(30))
    set_bookmark(path, 30, "was")
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await until(pilot, lambda: app._marks)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        assert app.screen.query_one(Input).value == "was"
        await pilot.press(*" it", "enter")
        await until(pilot, lambda: bookmarks(path)[0].note == "was it")


async def test_deleting_is_asked_for_twice(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(30))
    set_bookmark(path, 10, "first")
    set_bookmark(path, 20, "second")
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await until(pilot, lambda: app._marks)
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, PickScreen) and app.screen.query_one(PickList).cursor == 0)
        await pilot.press("d")
        said = app.screen.query_one(Static)
        assert "d again deletes the bookmark of record 20" in str(said.render())
        await pilot.press("down", "d")
        assert "record 10" in str(said.render())
        assert len(bookmarks(path)) == 2
        await pilot.press("d")
        await until(pilot, lambda: [mark.record_id for mark in bookmarks(path)] == [20])
        await pilot.press("escape")
        await until(pilot, lambda: set(app._marks or ()) == {20})


async def test_a_bookmark_outlives_its_record(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(30))
    set_bookmark(path, 999, "gone")
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, PickScreen) and app.screen.query_one(PickList).cursor == 0)
        assert "no longer in the store" in shown(app.screen.query_one(PickList))[0]
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, PickScreen))
        assert view_of(app).has_focus


async def test_a_query_is_saved_with_its_time_and_found_again(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(300))
    app = explorer(path, tab="search", query="level:error")
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("r", "1")
        await until(pilot, lambda: app.query_one(SearchPane).steps.now.span.last_s == 900)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press("enter")
        assert "needs a name" in str(app.screen.query_one(Static).render())
        await pilot.press(*"errors", "enter")
        await until(
            pilot, lambda: [(q.name, q.query) for q in saved_queries(path)] == [("errors", "level:error since:15m")]
        )
        app.query_one(SearchPane).ask("other")
        await pilot.press("1", "S")
        await until(pilot, lambda: isinstance(app.screen, PickScreen) and app.screen.query_one(PickList).cursor == 0)
        await pilot.press("enter")
        await until(pilot, lambda: app.query_one(SearchPane).query_one(Input).value == "level:error since:15m")
        await until(pilot, lambda: len(view_of(app).rows) == 6)


async def test_an_empty_list_says_how_to_fill_it(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(30)), tab="search")
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot, app)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        assert "s in Search saves" in str(app.screen.query_one(Static).render())
        await pilot.press("escape")
        assert not isinstance(app.screen, PickScreen)


async def test_security_3_names_and_notes_are_text(tmp_path: Path) -> None:
    hostile = "[@click=app.quit]x[/] [/] \x1b]52;c;x\x07"
    path = make_store(tmp_path, ordinary_rows(30))
    set_bookmark(path, 10, hostile)
    save_query(path, hostile, hostile)
    app = explorer(path, tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        for key in ("B", "S"):
            await pilot.press(key)
            await until(
                pilot, lambda: isinstance(app.screen, PickScreen) and app.screen.query_one(PickList).cursor == 0
            )
            assert "[@click=app.quit]x[/]" in shown(app.screen.query_one(PickList))[0]
            assert "\\x1b]52" in shown(app.screen.query_one(PickList))[0]
            await pilot.press("d")
            assert "\x1b" not in app.export_screenshot()
            await pilot.press("escape")
        assert app.is_running
