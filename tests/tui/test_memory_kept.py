"""What is kept in memory: little, however long one looks about."""

from __future__ import annotations

import gc
from pathlib import Path

from textual.pilot import Pilot
from textual.strip import Strip

from loglama_tui.app import ExplorerApp
from loglama_tui.widgets.cursor_lines import CursorLines
from loglama_tui.widgets.record_cache import RecordCache
from tests.tui.explorer import explorer, filled, make_store, ordinary_rows, until
from tests.tui.test_record_detail import record


async def look_about(pilot: Pilot[int], app: ExplorerApp, rounds: int) -> None:
    """Open what there is to open, and leave it again."""
    for _ in range(rounds):
        for key in ("enter", "c", "t", "B", "S", "question_mark"):
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)


def alive(kind: type[object]) -> int:
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


async def test_what_was_opened_is_let_go_when_it_is_left(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)))
    async with app.run_test(size=(90, 30)) as pilot:
        await filled(pilot, app)
        await look_about(pilot, app, 2)
        lists, strips = alive(CursorLines), alive(Strip)
        await look_about(pilot, app, 6)
        assert alive(CursorLines) <= lists
        assert alive(Strip) < strips + 300


async def test_what_was_opened_beside_the_log_is_let_go_too(tmp_path: Path) -> None:
    app = explorer(make_store(tmp_path, ordinary_rows(300)))
    async with app.run_test(size=(160, 40)) as pilot:
        await filled(pilot, app)
        counts = []
        for _ in range(2):
            for _ in range(6):
                await pilot.press("enter")
                await until(pilot, lambda: app.query("RecordDetail"))
                await pilot.press("escape")
                await until(pilot, lambda: not app.query("RecordDetail"))
            counts.append(alive(Strip))
        assert alive(CursorLines) <= 1  # the last one, until the next
        assert counts[1] < counts[0] + 100


def test_security_6_few_huge_records_are_kept_and_those_in_sight_always() -> None:
    cache = RecordCache()
    cache.add([record("x" * 1_000_000, id=number) for number in range(1, 31)], keep=[1, 2])
    assert len(cache) < 10
    assert cache.get(1) is not None
    assert cache.get(2) is not None
    cache.add([record("small", id=number) for number in range(100, 5_000)], keep=[4_999])
    assert 1_000 < len(cache) <= 2_048
    assert cache.get(4_999) is not None
