"""What opens over the tabs: only where it was asked for, once, and with a way to everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglama_core.store.bookmarks import bookmarks, set_bookmark
from loglama_tui.app import ExplorerApp
from loglama_tui.panes.choices import Choice
from loglama_tui.panes.context import ContextPane
from loglama_tui.panes.requests import ChoiceWanted
from loglama_tui.panes.trace import TracePane
from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.screens.over import OverScreen
from loglama_tui.screens.pick import PickScreen
from loglama_tui.screens.prompt import PromptScreen
from loglama_tui.screens.record import RecordScreen
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.record_detail import RecordDetail
from loglama_tui.widgets.tab_bar import TabBar
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, until, view_of
from tests.tui.widget_app import shown

_TWO_SERVICES = '[services.weblama]\ncommand = "true"\n[services.apilama]\ncommand = "true"\n'


def wish(app: ExplorerApp, chosen: list[str | None]) -> ChoiceWanted:
    pane = app.screen_stack[0].query_one("#live")
    return ChoiceWanted(pane, "which", [Choice("one", "one"), Choice("two", "two")], None, chosen.append)


def hints(app: ExplorerApp) -> str:
    return app.screen_stack[0].query_one(KeyBar).render().plain


async def test_a_menu_asked_for_three_times_opens_once(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(50)))
    chosen: list[str | None] = []
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        for _ in range(3):
            app.query_one("#live").post_message(wish(app, chosen))
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("1")
        await until(pilot, lambda: chosen == ["two"])
        assert len(app.screen_stack) == 1


async def test_a_menu_that_comes_late_does_not_cover_another_tab(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(50)))
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(TabBar).active == "search")
        app.query_one("#live").post_message(wish(app, []))
        await pilot.pause()
        assert len(app.screen_stack) == 1


async def test_a_list_asked_for_twice_opens_once(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(50)))
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        app.action_bookmarks()
        app.action_saved_queries()
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await until(pilot, lambda: not app._keeping._waiting and app._keeping._running is None)
        await pilot.pause()
        assert len(app.screen_stack) == 2


async def test_the_key_bar_tells_of_the_tab_in_front_after_a_menu(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(200)), tab="services", toml=_TWO_SERVICES)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "restart" in hints(app))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await app.action_show_tab("live")
        await until(pilot, lambda: "pause" in hints(app) and "restart" not in hints(app))
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("tab", ["services", "diagnostics"])
async def test_slash_is_offered_only_where_there_is_something_to_filter(tmp_path: Path, tab: str) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(20)), tab=tab, toml=_TWO_SERVICES)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "? help" in hints(app))
        assert "/ filter" not in hints(app)
        await pilot.press("1")
        await until(pilot, lambda: "/ filter" in hints(app))


async def test_a_digit_leads_to_its_tab_from_whatever_is_open(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(200)))
    async with app.run_test(size=(99, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await pilot.press("c")
        await until(pilot, lambda: app.screen.query(ContextPane))
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(TabBar).active == "search")
        assert len(app.screen_stack) == 1
        await pilot.press("1", "up", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))


async def test_everything_can_be_asked_about_the_record_that_is_open(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(200))
    app = explorer(path)
    async with app.run_test(size=(99, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        opened = app.screen
        bar = app.screen.query_one(KeyBar).render().plain
        assert "c context" in bar
        for key, pane in (("c", ContextPane), ("t", TracePane)):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, OverScreen))
            assert app.screen.query(pane)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is opened)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press(*"why so", "enter")
        await until(pilot, lambda: [mark.note for mark in bookmarks(path)] == ["why so"])
        await until(pilot, lambda: any("◆ why so" in line for line in shown(opened.query_one(RecordDetail))))


async def test_the_note_of_a_bookmark_is_read_beside_the_log(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(60))
    set_bookmark(path, 60, "")
    set_bookmark(path, 59, "\x1b]52;c;YQ==\x07 [@click=app.quit]look[/]")
    app = explorer(path)
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: app.query("RecordDetail"))
        detail = app.query_one(RecordDetail)
        await until(pilot, lambda: any("◆ bookmarked" in line for line in shown(detail)))
        await pilot.press("up")
        await until(pilot, lambda: any("[@click=app.quit]look[/]" in line for line in shown(detail)))
        assert not any("\x1b" in line for line in shown(detail))
        await pilot.press("up")
        await until(pilot, lambda: not any("◆" in line for line in shown(detail)))
        assert view_of(app).has_focus
