"""Completing a query while it is typed, and bringing back those asked before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from textual.widgets import Input

from loglama_core.query.parser import parse_query
from loglama_tui.panes.search import SearchPane
from loglama_tui.screens.choose import ChooseScreen
from loglama_tui.widgets.query_completion import (
    CompletionList,
    TypedTerm,
    name_suggestions,
    typed_term,
    value_suggestions,
)
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, until, view_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ser", TypedTerm(0, None, "ser")),
        ("timeout ser", TypedTerm(8, None, "ser")),
        ("-ser", TypedTerm(1, None, "ser")),
        ("(a OR ser", TypedTerm(6, None, "ser")),
        ("service:api", TypedTerm(0, "service", "api")),
        ("service:a,py", TypedTerm(0, "service", "py")),
        ("level>=wa", TypedTerm(0, "level", "wa")),
        ("user.name:", TypedTerm(0, "user.name", "")),
        ('"in quotes ser', None),
        ("status>=50", None),
        ("/api/v1", None),
        ("", None),
    ],
)
def test_the_term_at_the_cursor(text: str, expected: TypedTerm | None) -> None:
    assert typed_term(text, len(text)) == expected


def test_no_completion_before_other_text() -> None:
    assert typed_term("service", 3) is None


def test_names_that_begin_so_come_first() -> None:
    names = [("session", 5), ("user.service", 9), ("service", None)]
    assert [one.shown for one in name_suggestions("ser", names)] == ["service:", "user.service:"]


def test_a_value_becomes_a_term_that_finds_it() -> None:
    values = [('say "hi" *', 3), ("two words", 2)]
    for suggestion in value_suggestions(TypedTerm(0, "note", ""), values):
        assert parse_query(suggestion.term) is not None
    assert [one.shown for one in value_suggestions(TypedTerm(0, "level", "war"), [("warning", 7)])] == ["warning"]


async def test_a_name_then_its_value_are_completed_with_counts(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        offered = app.query_one(CompletionList)
        await pilot.press("slash", *"serv")
        await until(pilot, lambda: [one.shown for one in offered.suggestions] == ["service:"])
        await pilot.press("tab")
        await until(pilot, lambda: len(offered.suggestions) == 4)
        counts = {one.shown: one.records for one in offered.suggestions}
        assert counts == Counter(service for _, _, service, *_ in ordinary_rows(300))
        await pilot.press("p", "y")
        await until(pilot, lambda: [one.shown for one in offered.suggestions] == ["pybox", "pyllm"])
        await pilot.press("down", "enter")
        assert app.query_one(SearchPane).query_one(Input).value == "service:pybox "
        assert not offered.display
        await until(pilot, lambda: len(view_of(app).rows) == 30)
        await pilot.press("enter")
        assert view_of(app).has_focus


async def test_escape_leaves_the_bar_and_its_suggestions(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(60)), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        offered = app.query_one(CompletionList)
        await pilot.press("slash", *"level:")
        await until(pilot, lambda: [one.shown for one in offered.suggestions][-1:] == ["critical"])
        await pilot.press("escape")
        await until(pilot, lambda: not offered.display)
        assert view_of(app).has_focus


async def test_up_brings_back_what_was_asked_and_down_what_was_being_typed(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(60)), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        field = app.query_one(SearchPane).query_one(Input)
        await pilot.press("slash", *"one", "enter", "slash", "ctrl+u", *"two", "enter", "slash", "ctrl+u", *"<>")
        await pilot.press("up")
        assert field.value == "two"
        await pilot.press("up")
        assert field.value == "one"
        await pilot.press("up")
        assert field.value == "one"
        await pilot.press("down", "down")
        assert field.value == "<>"
        await pilot.press("enter", "H")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("1")
        await until(pilot, lambda: field.value == "two")


async def test_a_click_takes_a_suggestion(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(60)), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"level:")
        offered = app.query_one(CompletionList)
        await until(pilot, lambda: len(offered.suggestions) == 6)
        await pilot.pause()
        await pilot.click(offered, offset=(3, 4))
        await until(pilot, lambda: app.query_one(SearchPane).query_one(Input).value == "level:error ")


async def test_security_3_hostile_names_and_values_are_text(tmp_path: Path) -> None:
    hostile = "[@click=app.quit]x\x1b]52;c;x\x07"
    rows = [row(1, "x", service=hostile, fields={"note": hostile, "no te[/]": 1})]
    app = explorer(make_store(tmp_path, rows), tab="search")
    async with app.run_test(size=(120, 30)) as pilot:
        await filled(pilot, app)
        offered = app.query_one(CompletionList)
        for field in ("service:", "note:"):
            await pilot.press("slash", "ctrl+u", *field)
            await until(pilot, lambda: offered.display and len(offered.suggestions) == 1)
            await pilot.pause()
            assert "[@click=app.quit]x\\x1b]52" in offered.render_line(0).text
            assert "\x1b" not in app.export_screenshot()
            await pilot.press("tab")
            await until(pilot, lambda: not offered.display)
            await pilot.press("escape")
        assert app.is_running
