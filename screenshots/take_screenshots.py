"""Draw the pictures of the README: the explorer on the demo, with a fixed seed and a fixed clock.

Run by ``nox -s screenshots``. Arguments are names of pictures; none means all. Writes ``screenshots/NAME.svg``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import load_settings
from loglama_core.demo.ecosystem import DemoEcosystem
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.app import ExplorerApp

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from loglama_core.config.settings import Settings

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 1, 12, 4, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * 1_000_000_000
MINUTES = 240.0
NARROW, NORMAL, WIDE = (80, 24), (120, 40), (160, 40)


@dataclass(frozen=True)
class Picture:
    """One picture: the size of the terminal, the tab and query to start with, and the keys pressed then."""

    name: str
    size: tuple[int, int]
    tab: str = "live"
    query: str = ""
    keys: tuple[str, ...] = ()


PICTURES = (
    Picture("live_120x40", NORMAL),
    Picture("live_80x24", NARROW),
    Picture("live_filtered_120x40", NORMAL, keys=("slash", *"timeout", "enter")),
    Picture("record_120x40", NORMAL, keys=("E", "enter")),
    Picture("search_160x40", WIDE, tab="search", query='level>=warning "timed out"', keys=("down", "down", "enter")),
    Picture("completion_120x40", NORMAL, tab="search", keys=("slash", *"level", "colon")),
    Picture(
        "context_120x40", NORMAL, tab="search", query='level>=warning "timed out"', keys=("down", "down", "c", "c")
    ),
    Picture("trace_120x40", NORMAL, tab="search", query='level>=warning "timed out"', keys=("down", "down", "t")),
    Picture("patterns_120x40", NORMAL, tab="search", query="level>=warning", keys=("p",)),
    Picture(
        "compare_120x40", NORMAL, tab="search", query='level>=warning "timed out"', keys=("d", "down", "down", "d")
    ),
    Picture("search_80x24", NARROW, tab="search", query="level:error"),
    Picture("services_120x40", NORMAL, tab="services"),
    Picture("diagnostics_120x40", NORMAL, tab="diagnostics"),
    Picture("help_120x40", NORMAL, keys=("question_mark",)),
)


def make_demo(folder: Path) -> Settings:
    """Write four hours of the demo that end at the fixed moment, and collect them."""
    ecosystem = DemoEcosystem(folder, seed=7, rate=12.0)
    flags = {"config_file": str(ecosystem.config_file), "db_path": "logs/loglama.db"}
    settings = load_settings(flags=flags, environ={}, folder=folder)
    ecosystem.write_history(until_ns=NOW_NS, minutes=MINUTES, on_slice=lambda: _collect(settings))
    collect_once(settings)
    return settings


def _collect(settings: Settings) -> None:
    collect_once(settings)


async def take(picture: Picture, settings: Settings) -> str:
    """Return the picture as SVG."""
    app = ExplorerApp(
        settings,
        lambda: SqliteReader(settings.db_path),
        tab=picture.tab,
        query=picture.query,
        clock=lambda: NOW_NS,
        zone=UTC,
    )
    async with app.run_test(size=picture.size) as pilot:
        await settle(pilot)
        for key in picture.keys:
            await pilot.press(key)
        await settle(pilot)
        return app.export_screenshot(title="loglama")


async def settle(pilot: Pilot[int]) -> None:
    """Wait until what was asked of the store is drawn."""
    for _ in range(3):
        await asyncio.sleep(1.0)
        await pilot.pause()


def main(names: list[str]) -> None:
    """Draw the pictures named, or all."""
    os.environ["TZ"] = "UTC"
    with tempfile.TemporaryDirectory(prefix="loglama-pictures-") as folder:
        demo = Path(folder) / "demo"
        demo.mkdir()
        os.chdir(demo)
        settings = make_demo(demo)
        for picture in PICTURES:
            if not names or picture.name in names:
                (FOLDER / f"{picture.name}.svg").write_text(asyncio.run(take(picture, settings)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
