"""What is in a record, a path or a setting never becomes an action, a style or an escape sequence."""

from __future__ import annotations

import re
from pathlib import Path

from textual.widgets import OptionList, Static

from loglama_tui.harmless_lines import HarmlessLines
from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.screens.record import RecordScreen
from loglama_tui.widgets.key_bar import KeyBar
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, screen_text, until, view_of

MARKUP = "[@click=app.quit]click[/] [/] [bold]"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")


async def test_security_3_markup_in_records_is_text_everywhere(tmp_path: Path) -> None:
    path = make_store(tmp_path, [row(i, f"{MARKUP} {i}", service=MARKUP, fields={MARKUP: MARKUP}) for i in range(40)])
    app = explorer(path)
    async with app.run_test(size=(90, 30)) as pilot:
        await filled(pilot, app)
        assert MARKUP in screen_text(app)
        for y in range(view_of(app).size.height):
            await pilot.click(view_of(app), offset=(40, y))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        assert MARKUP in str(app.screen.query_one(OptionList).options[1].prompt)
        await pilot.press("1")
        await until(pilot, lambda: len(view_of(app).rows) == 40 and not isinstance(app.screen, ChooseScreen))
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordScreen))
        await pilot.press("escape", "y")
        await until(pilot, lambda: MARKUP in app.clipboard)
        assert app.is_running


async def test_security_1_no_control_character_is_drawn(tmp_path: Path) -> None:
    nasty = "\x1b]52;c;eA==\x07 \x9b2J \u202e \x00"
    path = make_store(tmp_path, [row(1, nasty, service=nasty, fields={nasty: nasty}, logger=nasty)])
    app = explorer(path)
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("y")
        await until(pilot, lambda: len(app._notifications))
        drawn = app.export_screenshot()
        assert not CONTROL.search(drawn.replace("\n", "").replace("\t", ""))
        assert "\\x1b]52" in drawn.replace("&#160;", " ")


async def test_security_3_a_hostile_folder_name_is_text(tmp_path: Path) -> None:
    folder = tmp_path / "[@click=app.quit]x[bold]"
    folder.mkdir()
    path = make_store(folder, [row(1, "hello")])
    app = explorer(path)
    async with app.run_test(size=(200, 30), tooltips=True) as pilot:
        await filled(pilot, app)
        await pilot.click("Header", offset=(40, 0))
        await pilot.hover("Header", offset=(30, 0))
        tooltips = app.screen.query_one("Tooltip", Static)
        await until(pilot, lambda: tooltips.display)
        assert "[@click=app.quit]x[bold]" in str(tooltips.visual)
        assert app.is_running


async def test_a_hint_explains_itself_under_the_mouse(tmp_path: Path) -> None:
    path = make_store(tmp_path, [row(1, "hello")])
    app = explorer(path)
    async with app.run_test(size=(100, 30), tooltips=True) as pilot:
        await filled(pilot, app)
        bar = app.query_one(KeyBar)
        await pilot.hover(KeyBar, offset=(bar.render().plain.index("pause"), 1))
        tooltips = app.screen.query_one("Tooltip", Static)
        await until(pilot, lambda: tooltips.display and "Pause or follow" in str(tooltips.visual))


def test_security_1_the_second_wall_replaces_what_a_widget_forgot() -> None:
    from rich.segment import Segment
    from textual.color import Color

    wall = HarmlessLines()
    clean = [Segment("plain łódź 日本")]
    assert wall.apply(clean, Color(0, 0, 0)) is clean
    (segment,) = wall.apply([Segment("a\x1b]52;c;x\x07b\u202ec\x9b")], Color(0, 0, 0))
    assert segment.text == "a·]52;c;x·b·c·"
