"""The explorer on a real store, driven by Textual's Pilot. Conditions are waited for, never times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from textual.pilot import Pilot

from loglama_core.model import RecordRow
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.app import ExplorerApp
from loglama_tui.widgets.log_view import LogView
from tests.store_maker import NOW_NS, StoreMaker, row, settings_in

SERVICES = ("weblama", "apilama", "pybox", "pyllm", "pylama")


def ordinary_rows(count: int, *, first: int = 0) -> list[RecordRow]:
    """Records of the last ten minutes, one service after the other; every 50th is an error with a traceback."""
    rows = []
    for index in range(first, first + count):
        ago = 600 - 600 * (index - first) / max(1, count)
        if index % 50 == 25:
            trace = "Traceback (most recent call last):\n" + '  File "x.py", line 1, in f\n' * 12 + "ReadTimeout"
            message = f"upstream timeout number {index}\n{trace}"
            rows.append(row(ago, message, severity=17, fields={"url": "/run", "request_id": f"r{index}"}, flags=8))
        elif index % 10 == 3:
            rows.append(row(ago, f"token stream {index}", service="pyllm", severity=5))
        elif index % 10 == 7:
            rows.append(row(ago, f"sandbox memory at {index % 100} %", service="pybox", severity=13))
        else:
            fields = {"status": 200, "duration_ms": index / 10, "request_id": f"r{index}"}
            rows.append(row(ago, f"request finished number {index}", service=SERVICES[index % 2], fields=fields))
    return rows


def make_store(folder: Path, rows: list[RecordRow]) -> Path:
    """Return the path of a new store with these records."""
    path = folder / "loglama.db"
    with StoreMaker(path) as maker:
        maker.source("logs/weblama.log", "weblama", rows)
    return path


def append(path: Path, rows: list[RecordRow], *, name: str = "logs/more.log") -> None:
    """Store more records as a collector would."""
    with StoreMaker(path) as maker:
        maker._inode = time.monotonic_ns() % 1_000_000_000
        maker.source(name, "weblama", rows)


def explorer(path: Path, *, tab: str = "live", query: str = "", toml: str = "") -> ExplorerApp:
    """Return the explorer on a store, at a fixed clock and in UTC."""
    settings = settings_in(path.parent, toml)
    return ExplorerApp(settings, lambda: SqliteReader(path), tab=tab, query=query, clock=lambda: NOW_NS, zone=UTC)


async def until(pilot: Pilot[int], condition: Callable[[], object], *, within_s: float = 10) -> None:
    """Wait for a condition; fail with its name when it does not come true."""
    deadline = time.monotonic() + within_s
    while True:
        await pilot.pause()
        if condition():
            return
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.02)


def view_of(app: ExplorerApp) -> LogView:
    """Return the log of the tab in front."""
    return next(view for view in app.screen_stack[0].query(LogView) if view.is_on_screen)


def screen_lines(app: ExplorerApp) -> list[str]:
    """Return what the log shows, line by line."""
    view = view_of(app)
    return [view.render_line(y).text.rstrip("▐ ") for y in range(view.size.height)]


def screen_text(app: ExplorerApp) -> str:
    """Return what the log shows."""
    return "\n".join(screen_lines(app))


async def filled(pilot: Pilot[int], app: ExplorerApp) -> None:
    """Wait until the log shows records, none of them still being read."""
    await until(pilot, lambda: len(view_of(app).rows) and "…" not in {line.strip() for line in screen_lines(app)})
