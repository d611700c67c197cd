from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import on
from textual.widgets import Static

from loglama_core.config.settings import load_settings
from loglama_core.ecosystem.process_identity import send
from loglama_core.ecosystem.service_processes import marked_processes
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.panes.requests import ChoiceWanted
from loglama_tui.panes.services import ServicesPane
from loglama_tui.theme import DARK, LIGHT
from loglama_tui.widgets.action_progress import ActionProgress
from loglama_tui.widgets.service_detail import ServiceDetail
from loglama_tui.widgets.service_table import ColumnTitles, ServiceTable
from loglama_tui.widgets.sparkline import sparkline
from tests.store_maker import NOW_NS, StoreMaker, row, settings_in
from tests.tui.widget_app import WidgetApp, shown, style_of, until

HOSTILE = "\x1b]52;c;YQ==\x07[@click=app.quit]x[/] \u202eabc"


class ServicesApp(WidgetApp):
    def __init__(self, folder: Path, toml: str = "") -> None:
        self.settings = settings_in(folder, toml)
        self.pane = ServicesPane(self.settings, lambda: SqliteReader(self.settings.db_path), clock_ns=lambda: NOW_NS)
        super().__init__(self.pane)
        self.asked: list[tuple[str, bool]] = []
        self.read = 0
        self.choices: list[ChoiceWanted] = []

    @on(ChoiceWanted)
    def _choice_wanted(self, event: ChoiceWanted) -> None:
        self.choices.append(event)

    def on_services_pane_service_logs_requested(self, event: ServicesPane.ServiceLogsRequested) -> None:
        self.asked.append((event.service, event.errors_only))

    def on_services_pane_statuses_read(self, _event: ServicesPane.StatusesRead) -> None:
        self.read += 1

    @property
    def table(self) -> list[str]:
        return shown(self.query_one(ServiceTable))

    @property
    def detail(self) -> str:
        return "\n".join(shown(self.query_one(ServiceDetail)))


def fill(app: ServicesApp, folder: Path) -> None:
    with StoreMaker(app.settings.db_path) as store:
        store.source(
            str(folder / "logs/apilama.log"),
            "apilama",
            [row(90, "request finished"), row(3, "upstream timeout", severity=17)],
            size=1_200_200,
        )
        store.source(str(folder / "apilama/logs/gone.log"), "apilama", None, state="failed", error="Permission denied")
        store.source("/var/log/cron.log", "cron", [row(240, "rotated", service="cron")], gap_bytes=1200)
        desk = store.source("/var/log/desk.log", "desk", [row(300, "once there", service="desk")])
        store.writer.add_gap(desk, 900, 900, "it vanished while nobody collected")


async def test_every_service_has_its_line_and_the_one_under_the_cursor_its_sources_and_latest_lines(
    tmp_path: Path,
) -> None:
    app = ServicesApp(tmp_path)
    fill(app, tmp_path)
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: "upstream timeout" in app.detail)
        titles = str(app.query_one(ColumnTitles).render())
        assert " ".join(titles.split()) == "SERVICE STATE LAST LOG RATE 10 min REC/min ERR/min LAG"
        api, cron, _desk, *preset = app.table
        assert api.split() == ["▌apilama", "not", "managed", "3", "s", "ago", "·······▇·▇", "0.2", "0.1", "1.2", "MB"]
        assert cron.split() == ["cron", "not", "managed", "4", "m", "ago", "·····▇····", "0.1", "0", "-"]
        assert all("never" in line for line in preset)
        # Titles and texts end in the same cell.
        assert titles.index("ERR/min") + len("ERR/min") == api.index("0.1") + len("0.1")
        assert "one of the PyLama preset; its process is not managed" in app.detail
        assert "logs/apilama.log" in app.detail
        assert str(tmp_path) not in app.detail
        assert "Permission denied" in app.detail
        assert app.detail.index("upstream timeout") < app.detail.index("request finished")
        assert style_of(app.query_one(ServiceTable), "apilama") == DARK.service_color("apilama")
        assert style_of(app.query_one(ServiceDetail), "failed") == DARK.error
        await pilot.press("down")
        await until(pilot, lambda: "rotated" in app.detail)
        assert "1.2 kB were destroyed before they could be read" in app.detail
        assert "not declared" in app.detail
        await pilot.press("down")
        await until(pilot, lambda: "once there" in app.detail)
        gap = "an unknown length after byte 900: it vanished while nobody collected"
        assert gap in " ".join(app.detail.split())


async def test_keys_ask_for_the_logs_or_the_errors_of_the_service(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    fill(app, tmp_path)
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: app.read > 0)
        app.query_one(ServiceTable).focus()
        await pilot.press("l", "down", "o", "enter")
        assert app.asked == [("apilama", False), ("cron", True), ("cron", False)]
        await pilot.double_click(ServiceTable, offset=(3, 0))
        assert app.asked[3:] == [("apilama", False)]


async def test_what_arrives_is_seen_without_a_key_and_the_cursor_stays_on_its_service(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    fill(app, tmp_path)
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: "upstream timeout" in app.detail)
        await pilot.press("down")
        with StoreMaker(app.settings.db_path) as store:
            store._inode = 100
            store.source("aaa.log", "aaa", [row(1, "new", service="aaa"), row(0, "m", service="cron")])
        await until(pilot, lambda: any("aaa" in line for line in app.table))
        assert next(line for line in app.table if line.startswith("▌")).startswith("▌cron")
        await until(pilot, lambda: "aaa.log" in app.detail)


async def test_without_a_store_the_declared_services_stand_with_the_reason_and_the_way_out(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path, "[services.web]\nlogs=['web.log']\n")
    async with app.run_test(size=(80, 24)) as pilot:
        trouble = app.query_one("#services-trouble", Static)
        await until(pilot, lambda: trouble.display)
        assert "there is no store at" in str(trouble.render())
        assert "collect-logs" in str(trouble.render())
        assert app.table[0].split() == ["▌web", "not", "managed", "never", "··········", "0", "0", "-"]
        fill(app, tmp_path)
        await until(pilot, lambda: not trouble.display and any("cron" in line for line in app.table))


async def test_a_foreign_database_is_named_and_left_untouched(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    app.settings.db_path.parent.mkdir()
    foreign = sqlite3.connect(app.settings.db_path)
    foreign.execute("CREATE TABLE t (a)")
    foreign.close()
    before = app.settings.db_path.read_bytes()
    async with app.run_test(size=(80, 24)) as pilot:
        trouble = app.query_one("#services-trouble", Static)
        await until(pilot, lambda: trouble.display)
        assert "database of another program" in str(trouble.render())
    assert app.settings.db_path.read_bytes() == before


async def test_security_1_3_hostile_names_paths_and_errors_stay_text(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    with StoreMaker(app.settings.db_path) as store:
        rows = [row(1, HOSTILE, service=HOSTILE, logger=HOSTILE, fields={HOSTILE: HOSTILE})]
        store.source(HOSTILE, HOSTILE, rows, state="failed", error=HOSTILE, format=HOSTILE)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "\\x1b]52" in app.detail)
        await pilot.click(ServiceTable, offset=(8, 0))
        await pilot.click(ServiceDetail, offset=(8, 5))
        for line in [*app.table, *app.detail.split("\n")]:
            assert line.isprintable(), line
        assert app.is_running


async def test_columns_fall_off_at_the_right_when_the_screen_is_narrow(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    fill(app, tmp_path)
    async with app.run_test(size=(48, 24)) as pilot:
        await until(pilot, lambda: "upstream" in app.detail)
        assert "RATE" not in str(app.query_one(ColumnTitles).render())
        assert app.table[0].split() == ["▌apilama", "not", "managed", "3", "s", "ago"]


async def test_another_theme_colours_every_line_anew(tmp_path: Path) -> None:
    app = ServicesApp(tmp_path)
    fill(app, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "upstream" in app.detail)
        app.theme = LIGHT.name
        await pilot.pause()
        table = app.query_one(ServiceTable)
        assert style_of(table, "apilama") == LIGHT.service_color("apilama")
        assert style_of(table, "not managed") == LIGHT.dim
        assert style_of(app.query_one(ServiceDetail), "failed") == LIGHT.error


def test_a_sparkline_is_scaled_to_its_highest_bar() -> None:
    assert sparkline((0, 1, 50, 100)) == "·▁▄▇"
    assert sparkline((0, 0)) == "··"
    assert sparkline(()) == ""


MANAGED = """
[services.queue]
command = "sleep 600"
[services.store]
command = "sleep 600"
depends_on = ["queue"]
env.required = ["STORE_PORT"]
requirements = "requirements.txt"
[services.web]
command = "sleep 600"
depends_on = ["store", "queue"]
"""


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[ServicesApp]:
    (tmp_path / "requirements.txt").write_text("no-such-package>=2\n")
    (tmp_path / ".env").write_text("STORE_PORT=8080\n")
    app = ServicesApp(tmp_path, MANAGED)
    fill(app, tmp_path)
    yield app
    for identities in marked_processes(StateFolder.of(app.settings).path).values():
        for identity in identities:
            send(identity, signal.SIGKILL)


async def test_services_are_started_and_stopped_in_the_background_after_asking_once(managed: ServicesApp) -> None:
    app = managed
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "stopped" in app.table[1])
        table = app.query_one(ServiceTable)
        table.focus()
        await pilot.press("down", "u")
        progress = app.query_one(ActionProgress)
        await until(pilot, lambda: "up: queue, store" in str(progress.render()))
        assert "store ready: pid" in str(progress.render())
        await until(pilot, lambda: "running" in app.table[1])
        titles = str(app.query_one(ColumnTitles).render()).split()
        assert titles[:6] == ["SERVICE", "STATE", "PID", "UP", "CPU", "MEM"]
        assert app.table[1].split()[2].isdigit()

        # Stopping asks, and names what goes along; the answer it offers first is to leave it.
        await pilot.press("up", "d")
        await until(pilot, lambda: app.choices)
        wanted = app.choices.pop()
        assert wanted.current == "no"
        assert wanted.choices[0].text == "stop queue with store"
        wanted.chosen("yes")
        await until(pilot, lambda: "stopped: store, queue" in str(progress.render()))
        await until(pilot, lambda: "stopped" in app.table[0])


async def test_a_service_up_close_shows_what_it_needs_who_needs_it_and_what_is_not_as_required(
    managed: ServicesApp,
) -> None:
    app = managed
    async with app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: "stopped" in app.table[1])
        app.query_one(ServiceTable).focus()
        await pilot.press("down")
        await until(pilot, lambda: "REQUIREMENTS" in app.detail)
        lines = app.detail.split("\n")
        assert "store  stopped  never started: `loglama up store`" in lines[0]
        assert next(line.strip() for line in lines if "└─" in line) == "└─ queue  stopped"
        assert "NEEDED BY  web stopped" in app.detail
        assert "ENVIRONMENT   1 variable, all as declared" in app.detail
        assert "REQUIREMENTS  1 of 1 not there" in app.detail
        assert "missing  no-such-package>=2" in app.detail
        assert "→ loglama deps install store" in app.detail
        await pilot.press("down")
        await until(pilot, lambda: "├─ store  stopped" in app.detail)
        assert "│  └─ queue  stopped" in app.detail


async def test_what_cannot_be_started_says_why_on_the_screen(managed: ServicesApp) -> None:
    app = managed
    (app.settings.folder / ".env").unlink()
    app.settings = load_settings(environ={}, folder=app.settings.folder)
    app.pane._settings = app.settings
    app.pane._actions._settings = app.settings
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "stopped" in app.table[1])
        app.query_one(ServiceTable).focus()
        await pilot.press("down", "u")
        progress = app.query_one(ActionProgress)
        await until(pilot, lambda: "STORE_PORT is not set; nothing was started" in str(progress.render()))
        assert "→ loglama env set STORE_PORT" in str(progress.render())


@pytest.mark.parametrize(
    ("width", "there", "gone"),
    [
        (140, "SERVICE STATE PID UP CPU MEM HEALTH LAST LOG RATE 10 min REC/min ERR/min LAG", ""),
        (80, "SERVICE STATE UP MEM HEALTH LAST LOG ERR/min", "RATE"),
        (48, "SERVICE STATE", "ERR"),
    ],
)
async def test_of_managed_services_the_columns_that_matter_least_go_first(
    managed: ServicesApp, width: int, there: str, gone: str
) -> None:
    app = managed
    async with app.run_test(size=(width, 24)) as pilot:
        await until(pilot, lambda: "stopped" in app.table[1])
        titles = " ".join(str(app.query_one(ColumnTitles).render()).split())
        assert titles.startswith(there.split(" UP", maxsplit=1)[0])
        assert not gone or gone not in titles
        assert all(len(line) <= width for line in app.table)
