"""The records around one, and the trace of its request."""

from __future__ import annotations

from pathlib import Path

from textual.command import CommandList
from textual.pilot import Pilot

from loglama_tui.app import ExplorerApp
from loglama_tui.panes.context import ContextPane, ContextTitle
from loglama_tui.panes.trace import TracePane, TraceTitle
from loglama_tui.screens.over import OverScreen
from loglama_tui.widgets.log_view import LogView
from loglama_tui.widgets.moment import duration
from loglama_tui.widgets.record_detail import RecordDetail
from loglama_tui.widgets.trace_timeline import TraceTimeline
from tests.store_maker import StoreMaker, row
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, until, view_of
from tests.tui.widget_app import shown


def two_sources(folder: Path) -> Path:
    """A thousand records of apilama, and between each two of them one of pybox from another file."""
    path = folder / "loglama.db"
    with StoreMaker(path) as maker:
        maker.source("logs/apilama.log", "apilama", [row(2000 - 2 * i, f"a{i}") for i in range(1000)])
        boxed = [row(1999 - 2 * i, f"b{i}", service="pybox", severity=17 if i == 700 else 9) for i in range(1000)]
        maker.source("logs/pybox.log", "pybox", boxed)
    return path


async def context_at(pilot: Pilot[int], app: ExplorerApp) -> LogView:
    await until(pilot, lambda: app.screen.query(ContextPane) and len(app.screen.query_one(LogView).rows))
    view = app.screen.query_one(LogView)
    await until(pilot, lambda: view.record is not None)
    return view


def messages(view: LogView) -> list[str]:
    return [view.render_line(y).text.rstrip("▐ ").split()[-1] for y in range(min(view.size.height, len(view.rows)))]


async def test_context_shows_its_source_then_all_services(tmp_path: Path) -> None:
    app = explorer(two_sources(tmp_path), tab="search", query="a500")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("c")
        view = await context_at(pilot, app)
        assert "as written to logs/apilama.log" in app.screen.query_one(ContextTitle).render().plain
        assert view.record is not None
        assert view.record.message == "a500"
        around = messages(view)
        assert around[around.index("a500") - 1 : around.index("a500") + 2] == ["a499", "a500", "a501"]
        await pilot.press("c")
        await until(pilot, lambda: "b500" in messages(view) and (record := view.record) and record.message == "a500")
        around = messages(view)
        assert around[around.index("a500") - 1 : around.index("a500") + 2] == ["b499", "a500", "b500"]
        assert "all services" in app.screen.query_one(ContextTitle).render().plain
        await pilot.press("escape")
        assert not isinstance(app.screen, OverScreen)
        assert view_of(app).has_focus


async def test_context_reads_on_at_both_ends(tmp_path: Path) -> None:
    app = explorer(two_sources(tmp_path), tab="search", query="a500")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("c")
        view = await context_at(pilot, app)
        for key, end in (("G", "a999"), ("g", "a0")):
            for _ in range(200):
                if view.record is not None and view.record.message == end:
                    break
                await pilot.press(key)
                await pilot.pause(0.05)
            assert view.record is not None
            assert view.record.message == end
        assert len(view.rows) == 1000
        await pilot.press("backspace")
        await until(pilot, lambda: (record := view.record) and record.message == "a500")


async def test_errors_are_found_in_the_context(tmp_path: Path) -> None:
    app = explorer(two_sources(tmp_path), tab="search", query="b600")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("c")
        view = await context_at(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: (record := view.record) and record.message == "b700")


async def test_a_record_of_the_context_opens_beside_it_and_becomes_a_search(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)))
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("c")
        await context_at(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(RecordDetail) and app.screen.query_one(RecordDetail).record)
        app.screen.query_one(RecordDetail).post_message(RecordDetail.FilterRequested("service:pyllm", exclude=False))
        await until(pilot, lambda: not isinstance(app.screen, OverScreen) and len(view_of(app).rows) == 30)


async def test_the_palette_of_a_context_offers_what_works_there(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(60)))
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("c")
        await context_at(pilot, app)
        await pilot.press("ctrl+p", *"all services by time")
        await until(pilot, lambda: app.screen.query_one(CommandList).option_count == 1)
        await pilot.press("enter")
        await until(pilot, lambda: "all services" in app.screen.query_one(ContextTitle).render().plain)


async def test_a_trace_is_a_timeline_across_services(tmp_path: Path) -> None:
    ended = {"requestId": "77ac0f9b12", "duration_ms": 5000}
    rows = [
        row(100.0, "request started", service="weblama", fields={"request_id": "77ac0f9b12"}),
        row(99.75, "query 77ac0f9b12 took long", service="apilama", severity=13),
        row(95.0, "request failed", service="weblama", severity=17, fields=ended),
        row(50.0, "unrelated", fields={"request_id": "0123456789"}),
    ]
    app = explorer(make_store(tmp_path, rows), tab="search", query="started")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("t")
        await until(pilot, lambda: app.screen.query(TracePane))
        timeline = app.screen.query_one(TraceTimeline)
        await until(pilot, lambda: len(timeline.records) == 3 and timeline.record)
        lines = [line for line in shown(timeline) if line]
        assert [line.split("│")[-1].strip() for line in lines] == [
            "INFO  request started",
            "WARN  query 77ac0f9b12 took long",
            "ERROR request failed  duration_ms=5000",
        ]
        assert "+250 ms" in lines[1]
        assert "+4.75 s" in lines[2]
        assert lines[0].index("●") < lines[1].index("●")
        assert "━" * 20 + "✗" in lines[2]
        title = app.screen.query_one(TraceTitle)
        await until(pilot, lambda: "looking" not in title.render().plain)
        assert "3 records   2 services   5.00 s   1 error" in title.render().plain
        assert timeline.record is not None
        assert timeline.record.message == "request started"


async def test_a_record_without_identifier_has_no_trace(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, [row(1, "alone")]), tab="search")
    async with app.run_test(size=(120, 40)) as pilot:
        await filled(pilot, app)
        await pilot.press("t")
        await until(pilot, lambda: len(app._notifications))
        assert not isinstance(app.screen, OverScreen)


def test_durations_are_read_at_a_glance() -> None:
    lengths = (940_000, 2_000_000, 349_000_000, 30_010_000_000, 61_000_000_000, 7_260_000_000_000)
    assert [duration(ns) for ns in lengths] == ["940 µs", "2.0 ms", "349 ms", "30.01 s", "1m 01s", "2h 01m"]
