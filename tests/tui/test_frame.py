from __future__ import annotations

from functools import partial
from pathlib import Path

from rich.style import Style
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from loglama_tui.app import ExplorerApp
from loglama_tui.commands import COMMANDS, bindings_of, commands_of, shown_keys
from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.screens.help import HelpScreen
from loglama_tui.theme import DARK, LIGHT
from loglama_tui.widgets.header import Alarm, Header, HeaderFacts, short_count
from loglama_tui.widgets.histogram import Bar, _cell, _heights
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.tab_bar import TabBar
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, until, view_of


def test_every_command_is_unique_and_explained() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))
    for command in COMMANDS:
        assert command.help[0].isupper() or command.help.startswith("Skip")
        assert shown_keys(command, {})


def test_no_key_means_two_things_at_once() -> None:
    for places in (("live", "logs", "log", "type", "anywhere"), ("search", "logs", "log", "type", "anywhere")):
        keys = [key for place in places for binding in bindings_of(place) for key in binding.key.split(",")]
        assert len(keys) == len(set(keys)), places


def test_single_letters_never_have_priority() -> None:
    assert all(len(key) > 1 for c in COMMANDS if c.priority for key in c.keys.split(","))


def shows_tab(bar: TabBar, tab: str) -> bool:
    return bar.active == tab


async def test_digits_change_tabs(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        bar = app.query_one(TabBar)
        tabs = iter(("search", "services", "diagnostics", "services", "search", "live"))
        for key in "234321":
            await pilot.press(key)
            wanted = next(tabs)
            await until(pilot, partial(shows_tab, bar, wanted))
        assert view_of(app).has_focus
        await pilot.click(TabBar, offset=(25, 0))
        await until(pilot, lambda: app.query_one(TabBar).active == "services")


async def test_keys_can_be_remapped_and_every_place_says_so(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path, toml='[keys]\n"live.pause" = "p"\n')
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        assert "p pause" in app.query_one(KeyBar).render().plain
        await pilot.press("p")
        assert not view_of(app).following
        await pilot.press("space")
        assert not view_of(app).following


async def test_help_shows_what_works_here_and_nothing_else(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        text = help_text(app)
        for place in ("anywhere", "logs", "log", "live"):
            for command in commands_of(place):
                assert command.help in text
        for place in ("search", "services", "diagnostics", "record"):
            assert not any(command.help in text for command in commands_of(place))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
        await pilot.press("4")
        await until(pilot, lambda: shows_tab(app.query_one(TabBar), "diagnostics"))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "Run every check again" in help_text(app)
        assert "Pause or follow" not in help_text(app)


def help_text(app: ExplorerApp) -> str:
    assert isinstance(app.screen, HelpScreen)
    return "\n".join(line.plain for line in app.screen.lines(DARK))


async def choose_in_palette(pilot: Pilot[int], app: ExplorerApp, text: str) -> None:
    await pilot.press(*text)
    offers = app.screen.query_one(OptionList)

    def offered() -> bool:
        return bool(offers.option_count) and text in str(offers.get_option_at_index(0).prompt).lower()

    await until(pilot, offered)
    await pilot.press("enter")


async def test_the_palette_offers_what_works_in_other_tabs_too(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(200))
    app = explorer(path, tab="diagnostics")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await choose_in_palette(pilot, app, "choose the service")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        assert app.screen_stack[0].query_one(TabBar).active == "live"


async def test_the_palette_does_what_the_key_does(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(200))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await choose_in_palette(pilot, app, "previous error")
        await until(pilot, lambda: (record := view_of(app).record) and "number 175" in record.message)


async def test_clicking_a_hint_does_what_the_key_does(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        column = app.query_one(KeyBar).render().plain.index("pause")
        await pilot.click(KeyBar, offset=(column, 1))
        await until(pilot, lambda: not view_of(app).following)


async def test_the_theme_changes_and_every_line_with_it(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("f2")
        await until(pilot, lambda: app.theme == LIGHT.name)
        line = view_of(app).render_line(3)
        assert {style.bgcolor.name for _, style, _ in line if style and style.bgcolor} == {LIGHT.background}


async def test_an_alarm_is_clickable(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(20))
    app = explorer(path)
    async with app.run_test(size=(100, 30)) as pilot:
        await filled(pilot, app)
        header = app.query_one(Header)
        header.show(
            HeaderFacts(
                store="x", alarms=(Alarm("1 down", "error", "services"), Alarm("2 warnings", "warning", "diagnostics"))
            )
        )
        await pilot.pause()
        line = header.render().plain
        await pilot.click(Header, offset=(line.index("2 warnings") + 2, 0))
        await until(pilot, lambda: app.query_one(TabBar).active == "diagnostics")


def test_counts_are_short() -> None:
    assert [short_count(n) for n in (0, 99_999, 120_400, 12_400_000, 2_500_000_000)] == [
        "0", "99,999", "120 k", "12.4 M", "2.50 G"
    ]  # fmt: skip


def test_bars_stand_on_their_errors_and_show_the_least_of_anything() -> None:
    assert _heights(Bar(1, 0, 999), 1000, 16) == (1, 1, 16)
    assert _heights(Bar(0, 0, 0), 1000, 16) == (0, 0, 0)
    assert _heights(Bar(500, 0, 500), 1000, 16) == (8, 8, 16)
    text, style = _cell((8, 8, 16), 0, DARK)
    assert (text, style.color and style.color.name) == ("█", DARK.error)
    text, style = _cell((4, 4, 16), 0, DARK)
    assert (text, style.color and style.color.name, style.bgcolor and style.bgcolor.name) == ("▄", DARK.error, DARK.bar)
    assert _cell((0, 0, 8), 8, DARK)[0] == " "


def test_a_single_error_is_red_in_a_bar_of_whatever_height() -> None:
    for tops, character, above in (
        ((1, 2, 16), "▁", DARK.bar),
        ((1, 1, 5), "▅", DARK.background),
        ((1, 3, 5), "▅", DARK.background),
        ((1, 1, 1), "▁", DARK.background),
    ):
        text, style = _cell(tops, 0, DARK)
        assert text == character
        assert style == Style(color=DARK.error, bgcolor=above)
