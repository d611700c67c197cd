from __future__ import annotations

from datetime import UTC
from pathlib import Path

from textual.widgets import Static

from loglama_core.model import Finding, FindingStatus
from loglama_core.store.schema import SCHEMA_VERSION
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.panes.diagnostics import DiagnosticsPane
from loglama_tui.theme import DARK
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
        text = "".join(line[20:] for line in app.list)
        assert text.count("s" * 10) == 9
        assert text.count("remedy") == 20
