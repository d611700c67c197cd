"""Kinds of messages, and writing what is shown into a file."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pytest
from textual.widgets import Input, Static

from loglama_tui.panes.context import ContextPane
from loglama_tui.panes.patterns import PatternsPane
from loglama_tui.panes.search import SearchPane
from loglama_tui.screens.over import OverScreen
from loglama_tui.screens.prompt import PromptScreen
from loglama_tui.widgets.pattern_list import PatternList
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, screen_text, until, view_of
from tests.tui.widget_app import shown

HOSTILE = "[@click=app.quit]x[/] \x1b]52;c;x\x07"


async def test_kinds_are_counted_and_one_becomes_the_filter(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search", query="-token")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(view_of(app).rows) == 270)
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query(PatternsPane))
        kinds = app.screen.query_one(PatternList)
        await until(pilot, lambda: len(kinds._patterns) == 3 and kinds.cursor == 0)
        first = shown(kinds)[0]
        assert "request finished number <n>" in first
        assert first.split()[1] == "234"
        assert "3 kinds in 270 records" in str(app.screen.query(Static).first().render())
        await pilot.press("o", "o")
        await until(pilot, lambda: "upstream timeout" in shown(kinds)[0])
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, OverScreen) and len(view_of(app).rows) == 6)
        assert app.query_one(SearchPane).query_one(Input).value.startswith("-token message~")
        await pilot.press("backspace")
        await until(pilot, lambda: len(view_of(app).rows) == 270)


async def test_a_kind_is_filtered_out_of_live(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)))
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query(PatternsPane))
        kinds = app.screen.query_one(PatternList)
        await until(pilot, lambda: len(kinds._patterns) == 4 and kinds.cursor == 0)
        await pilot.press("minus")
        await until(pilot, lambda: not isinstance(app.screen, OverScreen) and len(view_of(app).rows) == 66)


async def test_the_newest_record_of_a_kind_is_shown_in_its_context(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query(PatternList) and app.screen.query_one(PatternList).cursor == 0)
        await pilot.press("c")
        await until(pilot, lambda: app.screen.query(ContextPane))
        assert app.screen.query_one(ContextPane).origin.message == "request finished number 299"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query(PatternsPane))


async def test_security_3_messages_stay_text_in_patterns(tmp_path: Path) -> None:
    rows = [row(index, HOSTILE, service=HOSTILE) for index in range(9)]
    app = explorer(make_store(tmp_path, rows), tab="search", query='"@click"')
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query(PatternList) and app.screen.query_one(PatternList).cursor == 0)
        assert "[@click=app.quit]x[/]" in shown(app.screen.query_one(PatternList))[0]
        for y in range(4):
            await pilot.click(offset=(60, y))
        assert "\x1b" not in app.export_screenshot()
        assert app.is_running


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def test_what_is_shown_is_exported(tmp_path: Path, in_folder: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search", query="level:error")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(view_of(app).rows) == 6)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press("enter")
        await until(pilot, lambda: list(in_folder.glob("*.jsonl")))
        await until(pilot, lambda: len(app._notifications))
        (file,) = files_in(in_folder)
        records = [orjson.loads(line) for line in file.read_bytes().splitlines()]
        assert [record["level"] for record in records] == ["error"] * 6
        assert records[0]["message"].startswith("upstream timeout number 25\nTraceback")
        assert file.stat().st_mode & 0o777 == 0o600


async def test_a_bad_path_is_told_before_anything_is_written(tmp_path: Path, in_folder: Path) -> None:
    (in_folder / "there.csv").write_text("precious", encoding="utf-8")
    (in_folder / "link.csv").symlink_to("/etc/passwd")
    app = explorer(make_store(tmp_path, ordinary_rows(30)), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        field, said = app.screen.query_one(Input), app.screen.query_one(Static)
        for path, problem in (
            ("records.txt", ".jsonl"),
            ("there.csv", "exists already"),
            ("link.csv", "exists already"),
            ("nowhere/x.csv", "no folder"),
        ):
            field.value = path
            await pilot.press("enter")
            assert isinstance(app.screen, PromptScreen)
            assert problem in str(said.render())
        await pilot.press("escape")
        assert (in_folder / "there.csv").read_text(encoding="utf-8") == "precious"
        assert [file.name for file in files_in(in_folder)] == ["link.csv", "there.csv"]


async def test_security_8_a_formula_is_no_formula_in_an_exported_csv(tmp_path: Path, in_folder: Path) -> None:
    rows = [row(1, "=HYPERLINK(1)"), row(2, HOSTILE)]
    app = explorer(make_store(tmp_path, rows))
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        app.screen.query_one(Input).value = "out.csv"
        await pilot.press("enter")
        await until(pilot, lambda: (in_folder / "out.csv").exists() and len(app._notifications))
        with (in_folder / "out.csv").open(newline="", encoding="utf-8") as file:
            messages = [record["message"] for record in csv.DictReader(file)]
        assert messages[1] == "'=HYPERLINK(1)"
        assert app.is_running
        assert "records written" not in screen_text(app)
