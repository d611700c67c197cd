"""Comparing two records, going to a time, stepping from hit to hit."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Static

from loglama_tui.screens.over import OverScreen
from loglama_tui.screens.prompt import PromptScreen
from loglama_tui.widgets.pattern_list import PatternList
from loglama_tui.widgets.record_comparison import RecordComparison
from loglama_tui.widgets.record_detail import RecordDetail
from loglama_tui.widgets.time_brush import TimeBrush
from tests.store_maker import row
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, screen_text, until, view_of
from tests.tui.widget_app import shown


async def test_two_records_are_compared_field_by_field(tmp_path: Path) -> None:
    rows = [
        row(10, "request finished", fields={"status": 200, "user": {"name": "Ann"}, "same": 1}),
        row(7.5, "request failed", severity=17, fields={"status": 500, "same": 1, "error": "boom"}),
    ]
    app = explorer(make_store(tmp_path, rows), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: len(app._notifications))
        await pilot.press("down", "d")
        await until(pilot, lambda: app.screen.query(RecordComparison))
        comparison = app.screen.query_one(RecordComparison)
        await until(pilot, lambda: comparison.rows)
        lines = {line.split()[0 if line[1] != "≠" else 1]: line for line in shown(comparison) if line.strip()}
        assert "(+2.50 s)" in lines["time"]
        assert lines["status"].split()[-2:] == ["200", "500"]
        assert lines["user.name"].split()[-2:] == ["Ann", "—"]
        assert lines["error"].split()[-2:] == ["—", "boom"]
        assert "≠" in lines["message"]
        assert "≠" not in lines["same"]
        await pilot.press("o")
        assert not any(line.split()[:1] == ["same"] for line in shown(comparison))
        await pilot.press("escape")
        assert not isinstance(app.screen, OverScreen)


async def test_comparing_a_record_with_itself_ends_it(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(30)), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("d", "d")
        await until(pilot, lambda: len(app._notifications) == 2)
        assert app._compared is None
        assert not isinstance(app.screen, OverScreen)


async def test_search_goes_to_a_time(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(600)), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press(*"25:99", "enter")
        assert isinstance(app.screen, PromptScreen)
        assert "for instance" not in str(app.screen.query_one(Static).render())
        await pilot.press(*["backspace"] * 5, *"5m", "enter")
        await until(pilot, lambda: (record := view_of(app).record) and "number 300" in record.message)


async def test_live_goes_to_a_time_and_pauses(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(600)))
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press(*"8m", "enter")
        await until(pilot, lambda: (record := view_of(app).record) and "number 120" in record.message)
        assert not view_of(app).following


async def test_a_time_before_everything_is_said(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(30)), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, PromptScreen))
        await pilot.press(*"2001-01-01", "enter")
        await until(pilot, lambda: len(app._notifications))


async def test_n_steps_to_the_next_hit_from_the_record_beside(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)), tab="search", query="level:error")
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: app.query(RecordDetail) and app.query_one(RecordDetail).record)
        detail = app.query_one(RecordDetail)
        detail.focus()
        first = detail.record
        await pilot.press("n")
        await until(pilot, lambda: detail.record != first and "number 225" in (detail.record or first).message)  # type: ignore[union-attr]
        assert detail.has_focus
        await pilot.press("N")
        await until(pilot, lambda: detail.record == first)


async def test_the_year_is_shown_once_it_is_another_one(tmp_path: Path) -> None:
    year_s = 366 * 86_400
    rows = [row(year_s + 60, "long ago"), row(year_s, "long ago, too"), row(1, "now")]
    app = explorer(make_store(tmp_path, rows), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await until(pilot, lambda: " 2025-10-31 " in screen_text(app) and "▌2026-11-01 " in screen_text(app))
        bars = app.query_one(TimeBrush)
        await until(pilot, lambda: [text[:5] for text in bars._axis[::2]] == ["2025-", "2026-"])
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query(PatternList))
        kinds = app.screen.query_one(PatternList)
        await until(pilot, lambda: any("2025-10-31" in line for line in shown(kinds)))


async def test_the_day_alone_is_shown_within_the_year(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, [row(86_400 * 3, "earlier"), row(1, "now")]))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: " 10-29 " in screen_text(app))
        assert "2026-" not in screen_text(app)
