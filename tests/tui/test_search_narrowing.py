"""Narrowing a search by its facets and its bars, and taking that back."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from loglama_core.model import RecordRow
from loglama_tui.app import ExplorerApp
from loglama_tui.panes.search import SearchPane
from loglama_tui.widgets.facet_list import FacetList
from loglama_tui.widgets.key_bar import KeyBar
from loglama_tui.widgets.time_brush import TimeBrush
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, until, view_of
from tests.tui.widget_app import shown


def hour_of_rows() -> list[RecordRow]:
    """A record every ten seconds for an hour: 240 by apilama, 120 by pybox, each third of these an error 504."""
    rows = []
    for index in range(360):
        if index % 3:
            rows.append(row(3600 - 10 * index, f"served {index}", fields={"status": 200}))
        else:
            fields = {"status": 504, "url": "/run"} if index % 9 == 0 else {"status": 200}
            severity = 17 if index % 9 == 0 else 9
            rows.append(row(3600 - 10 * index, f"ran {index}", service="pybox", severity=severity, fields=fields))
    return rows


def query_of(app: ExplorerApp) -> str:
    return app.query_one(SearchPane).query_one(Input).value


async def facets_of(pilot: Pilot[int], app: ExplorerApp) -> FacetList:
    facets = app.query_one(FacetList)
    await until(pilot, lambda: facets.rows)
    return facets


def row_with(facets: FacetList, text: str) -> int:
    return next(i for i, (_, value) in enumerate(facets._values) if value == text)


async def hits(pilot: Pilot[int], app: ExplorerApp, number: int) -> None:
    await until(pilot, lambda: len(view_of(app).rows) == number and not app.query_one(SearchPane)._first_part)


async def test_facets_count_the_hits_by_column_and_telling_field(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        facets = await facets_of(pilot, app)
        lines = [line.split() for line in shown(facets)]
        assert lines[:3] == [["SERVICE"], ["apilama", "█████", "240"], ["pybox", "██▌", "120"]]
        text = "\n".join(" ".join(line) for line in lines)
        assert "LEVEL" in text
        assert "STATUS" in text
        assert "200 " in text
        assert "504 " in text


async def test_enter_on_a_value_filters_for_it_and_again_no_longer(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search", query="ran OR served")
    async with app.run_test(size=(120, 40)) as pilot:
        facets = await facets_of(pilot, app)
        await pilot.press("f")
        assert facets.has_focus
        facets.move_cursor(row_with(facets, "504"))
        await pilot.press("enter")
        await hits(pilot, app, 40)
        assert query_of(app) == "(ran OR served) status:504"
        await until(pilot, lambda: any("✓504" in line for line in shown(facets)))
        facets.move_cursor(row_with(facets, "504"))
        await pilot.press("enter")
        await hits(pilot, app, 360)


async def test_minus_on_a_value_filters_it_out_and_backspace_takes_that_back(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        facets = await facets_of(pilot, app)
        facets.move_cursor(row_with(facets, "pybox"))
        facets.focus()
        await pilot.press("minus")
        await hits(pilot, app, 240)
        assert query_of(app) == "-service:pybox"
        await pilot.press("escape")
        assert view_of(app).has_focus
        await pilot.press("backspace")
        await hits(pilot, app, 360)
        assert query_of(app) == ""
        await pilot.press("ctrl+y")
        await hits(pilot, app, 240)


async def test_what_was_typed_letter_by_letter_is_one_step_back(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await hits(pilot, app, 360)
        await pilot.press("slash", *"ran", "enter")
        await hits(pilot, app, 120)
        await pilot.press("backspace")
        await hits(pilot, app, 360)


async def test_the_mouse_brushes_a_stretch_of_time(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        brush = app.query_one(TimeBrush)
        await until(pilot, lambda: len(brush.bars) >= 60)
        wanted = sum(map(sum, brush.bars[brush._bar_at(41) : brush._bar_at(60) + 1]))
        await pilot.mouse_down(brush, offset=(41, 1))
        await pilot.hover(brush, offset=(60, 1))
        assert f"{wanted} hits" in brush.render_line(3).text
        await pilot.mouse_up(brush, offset=(60, 1))
        await hits(pilot, app, wanted)
        assert 0 < wanted < 100
        await pilot.press("backspace")
        await hits(pilot, app, 360)


async def test_arrow_keys_brush_and_enter_looks_closer(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        brush = app.query_one(TimeBrush)
        await filled(pilot, app)
        await until(pilot, lambda: len(brush.bars) >= 60)
        await pilot.press("h", *["left"] * 20, *["shift+left"] * 10)
        wanted = sum(map(sum, brush.bars[brush._brushed[0] : brush._brushed[1] + 1]))
        await pilot.press("enter")
        await hits(pilot, app, wanted)
        assert 0 < wanted < 100
        assert view_of(app).has_focus


async def test_brackets_narrow_to_the_record_and_braces_widen(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        for _ in range(9):
            await pilot.press("down")
        await pilot.press("left_square_bracket")
        await hits(pilot, app, 10)
        await pilot.press("down", "down", "right_square_bracket")
        await hits(pilot, app, 8)
        await pilot.press("left_curly_bracket")
        await hits(pilot, app, 15)
        for _ in range(3):
            await pilot.press("backspace")
        await hits(pilot, app, 360)


async def test_a_narrow_terminal_shows_facets_only_when_asked(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search")
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot, app)
        facets = app.query_one(FacetList)
        assert (facets.display, facets.has_focus) == (False, False)
        await pilot.press("f")
        assert (facets.display, facets.has_focus) == (True, True)
        await until(pilot, lambda: "SERVICE" in shown(facets)[0])
        assert app.query_one(KeyBar).render().plain.split()[:3] == ["enter", "filter", "for"]
        await pilot.press("escape")
        assert (facets.display, view_of(app).has_focus) == (False, True)


async def test_a_query_half_typed_keeps_the_search_that_runs(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, hour_of_rows()), tab="search", query="ran")
    async with app.run_test(size=(120, 40)) as pilot:
        await hits(pilot, app, 120)
        await pilot.press("slash", *" (", "enter")
        pane = app.query_one(SearchPane)
        run = pane._run
        await pilot.pause()
        assert pane._run == run
        assert len(view_of(app).rows) == 120
