from __future__ import annotations

import json
import stat
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual import on
from textual.widgets import Static

from loglama_core.model import Finding, FindingStatus
from loglama_core.store.collector_metrics import CollectorMetrics
from loglama_core.store.schema import SCHEMA_VERSION
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.panes.diagnostics import DiagnosticsPane
from loglama_tui.panes.requests import SearchWanted
from loglama_tui.theme import DARK
from loglama_tui.widgets.collector_metrics_strip import CollectorMetricsStrip
from loglama_tui.widgets.finding_list import FindingList
from tests.store_maker import NOW_NS, StoreMaker, row, settings_in
from tests.tui.widget_app import WidgetApp, shown, style_of, until

HOSTILE = "\x1b]52;c;YQ==\x07[@click=app.quit]x[/] \u202eabc"


class DiagnosticsApp(WidgetApp):
    def __init__(self, folder: Path, toml: str = "") -> None:
        self.settings = settings_in(folder, toml)
        self.pane = DiagnosticsPane(
            self.settings, lambda: SqliteReader(self.settings.db_path), clock_ns=lambda: NOW_NS, zone=UTC
        )
        super().__init__(self.pane)
        self.heard: list[DiagnosticsPane.FindingsChanged] = []
        self.queries: list[str] = []

    @on(SearchWanted)
    def _search_wanted(self, event: SearchWanted) -> None:
        self.queries.append(event.query)

    def on_diagnostics_pane_findings_changed(self, event: DiagnosticsPane.FindingsChanged) -> None:
        self.heard.append(event)

    @property
    def list(self) -> list[str]:
        return shown(self.query_one(FindingList))

    @property
    def summary(self) -> str:
        return str(self.query_one("#diagnostics-summary", Static).render())


async def test_the_worst_comes_first_with_what_to_do_about_it(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source(f"{tmp_path}/logs/x.log", "x", [row(1, "m")], state="failed", error="Permission denied")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        await pilot.pause()
        assert app.list[0].split()[:2] == ["▌FAIL", "sources"]
        assert "logs/x.log: Permission denied   → make logs/x.log readable" in app.list[0]
        assert style_of(app.query_one(FindingList), "FAIL") == f"{DARK.error} bold"
        order = ["FAIL", "WARN", "OK"]
        verdicts = [word for line in app.list if (word := line[1:6].strip()) in order]
        assert verdicts == sorted(verdicts, key=order.index)
        failed, warned = verdicts.count("FAIL"), verdicts.count("WARN")
        assert app.summary.split("   ")[0] == f"{failed} failed"
        assert f"{warned} warning" in app.summary
        assert "checked at 10:57:05 in " in app.summary


async def test_without_a_store_the_pane_says_so_and_running_again_finds_it(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        await pilot.pause()
        assert any("there is no store at" in line for line in app.list)
        with StoreMaker(app.settings.db_path) as store:
            store.source("x.log", "x", [row(1, "m")])
        app.query_one(FindingList).focus()
        await pilot.press("r")
        await until(pilot, lambda: len(app.heard) > 1)
        await pilot.pause()
        assert any(f"schema {SCHEMA_VERSION}, 1 records" in line for line in app.list)


async def test_enter_opens_the_evidence_and_closes_it_again(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
    async with app.run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        app.query_one(FindingList).focus()
        await pilot.press("end", "enter")
        await pilot.press("home", "enter")
        assert any("│ no daemon is running" in line for line in app.list)
        await pilot.press("enter")
        assert not any("no daemon is running" in line for line in app.list)
        await pilot.double_click(FindingList, offset=(3, 0))
        assert any("no daemon is running" in line for line in app.list)


async def test_damage_is_looked_for_on_demand(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        await pilot.pause()
        assert not any("integrity ok" in line for line in app.list)
        app.query_one(FindingList).focus()
        await pilot.press("i")
        await until(pilot, lambda: any("integrity ok" in line for line in app.list))
        assert app.heard[-1].thorough


async def test_security_1_3_hostile_findings_stay_text(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    hostile = Finding("x", "store", FindingStatus.FAIL, HOSTILE, (HOSTILE, HOSTILE * 20), HOSTILE)
    async with app.run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        findings = app.query_one(FindingList)
        findings.show([hostile])
        findings.toggle_evidence()
        await pilot.click(FindingList, offset=(40, 1))
        text = "\n".join(app.list)
        assert text.count("\\x1b]52") > 20
        assert all(line.isprintable() for line in app.list)
        assert app.is_running


async def test_security_1_3_hostile_sources_services_and_samples_stay_text(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        rows = [row(index, HOSTILE, service=HOSTILE, severity=17, flags=16) for index in range(60)]
        store.source(HOSTILE, HOSTILE, [*rows, row(-9999, HOSTILE, service=HOSTILE)], state="failed", error=HOSTILE)
    async with app.run_test(size=(100, 200)) as pilot:
        await until(pilot, lambda: app.heard)
        app.query_one(FindingList).focus()
        await pilot.press("home")
        for _ in range(8):
            await pilot.press("enter", "down")
        assert all(line.isprintable() for line in app.list)
        assert "\\x1b]52" in "\n".join(app.list)


async def test_a_long_remedy_goes_below_its_summary_and_nothing_is_cut(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    finding = Finding("x", "environment", FindingStatus.WARN, "s" * 90, (), "remedy " * 20)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.heard)
        app.query_one(FindingList).show([finding])
        await pilot.pause()
        text = "".join(line[21:] for line in app.list)
        assert text.count("s" * 10) == 9
        assert text.count("remedy") == 20


async def test_a_fix_is_shown_before_it_is_made_and_checked_after(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
    app.settings.db_path.chmod(0o644)
    async with app.run_test(size=(100, 60)) as pilot:
        await until(pilot, lambda: app.heard)
        findings = app.query_one(FindingList)
        findings.focus()
        await until(pilot, lambda: findings.findings)
        findings.move_cursor(next(n for n, each in enumerate(findings.findings) if each.check == "store-private"))
        await pilot.press("f")
        assert any("▸ chmod 600" in line for line in app.list)
        assert any("f once more makes this change" in line for line in app.list)
        await pilot.press("escape")
        assert not any("▸ chmod 600" in line for line in app.list)
        assert stat.S_IMODE(app.settings.db_path.stat().st_mode) == 0o644
        heard = len(app.heard)
        await pilot.press("f", "f")
        await until(pilot, lambda: len(app.heard) > heard)
        assert stat.S_IMODE(app.settings.db_path.stat().st_mode) == 0o600
        await until(pilot, lambda: not any("others may read the store" in line for line in app.list))


def reports_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in folder.glob("loglama-report-*.json")]


async def test_the_report_is_written_beside_the_settings(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        app.query_one(FindingList).focus()
        await pilot.press("w")
        await until(pilot, lambda: list(tmp_path.glob("loglama-report-20261101-105705.json")))
    (path,) = reports_in(tmp_path)
    assert len(path["findings"]) == len(app.heard[0].findings)


async def test_a_finding_leads_to_its_records_and_to_its_service(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        findings = app.query_one(FindingList)
        findings.focus()
        findings.show(
            [
                Finding("a", "services", FindingStatus.WARN, "a", query="level:error service:a"),
                Finding("b", "services", FindingStatus.WARN, "b", service="b c"),
                Finding("c", "services", FindingStatus.WARN, "c"),
            ]
        )
        await pilot.press("home", "l", "down", "l", "down", "l")
        assert app.queries == ["level:error service:a", 'service:"b c"']


async def test_the_cursor_and_what_is_open_stay_with_their_finding_when_the_checks_run_again(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        findings = app.query_one(FindingList)
        findings.focus()
        old = Finding("lag", "collector", FindingStatus.WARN, "3 kB behind", ("a.log",))
        other = Finding("gaps", "collector", FindingStatus.FAIL, "lost", ("z",))
        findings.show([old])
        await pilot.press("home", "enter")
        findings.show([other, Finding("lag", "collector", FindingStatus.WARN, "9 kB behind", ("b.log",))])
        assert findings.selected is not None
        assert findings.selected.summary == "9 kB behind"
        assert any("│ b.log" in line for line in app.list)
        assert not any("│ z" in line for line in app.list)
        findings.show([])
        await pilot.press("enter", "f", "l")
        assert findings.selected is None


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)])
async def test_the_collectors_curves_fit_every_width(tmp_path: Path, size: tuple[int, int]) -> None:
    app = DiagnosticsApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
        for minute in range(60):
            store.writer.note_metrics(
                CollectorMetrics(
                    NOW_NS - minute * 60_000_000_000, "daemon", 1, 10.0, 12_040 - minute * 100, 9, 3, 1.5,
                    40.0 * minute, 2_000_000, 1, 77, 1.25, 62_000_000, 3.0,
                )
            )  # fmt: skip
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.heard)
        await pilot.pause()
        strip = app.query_one(CollectorMetricsStrip)
        lines = [strip.render_line(y).text.rstrip() for y in range(strip.size.height)]
        text = "\n".join(lines)
        assert 1 <= len(lines) <= 3
        assert max(map(len, lines)) <= size[0] - 2
        assert "stored" in text
        assert "1,204/s" in text
        if size[0] >= 80:
            assert all(label in text for label in ("batch", "behind", "to index", "query", "memory"))
            assert "1.2 ms" in text
            assert "62 MB" in text


async def test_the_curves_look_back_an_hour_a_day_or_a_week(tmp_path: Path) -> None:
    app = DiagnosticsApp(tmp_path)
    hour_ns = 3_600_000_000_000
    with StoreMaker(app.settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m")])
        for hours_ago, records in ((150, 90_000), (22, 50_000), (0, 10)):
            for seconds in (20, 10):
                store.writer.note_metrics(
                    CollectorMetrics(
                        NOW_NS - hours_ago * hour_ns - seconds * 1_000_000_000, "daemon", 1, 10.0, records, 9, 3,
                        1.5, 40.0, 0, 0, 0, 1.25, 62_000_000, 3.0,
                    )
                )  # fmt: skip
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.heard)
        strip = app.query_one(CollectorMetricsStrip)
        app.query_one(FindingList).focus()
        for name, highest in (("hour", 1), ("day", 2), ("week", 3), ("hour", 1)):
            await until(pilot, lambda: strip._metrics and strip._span.name == name)  # noqa: B023 - asked at once
            await pilot.pause()
            assert app.summary.endswith(f"curves: the last {name}")
            curve = strip.render_line(0).text.split("/s")[0]
            assert sum(character in "▁▂▃▄▅▆▇█" for character in curve) == highest, curve
            assert "1/s" in strip.render_line(0).text, "the value beside is the newest"
            await pilot.press("t")
