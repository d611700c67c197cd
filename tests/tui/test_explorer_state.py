"""What is remembered between two runs, and what a broken or hostile memory does: nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.app import ExplorerApp
from loglama_tui.explorer_state import ExplorerState, state_file_of
from loglama_tui.theme import DARK, LIGHT
from loglama_tui.widgets.tab_bar import TabBar
from tests.store_maker import settings_in
from tests.tui.explorer import filled, make_store, ordinary_rows, until


def test_each_store_has_a_file_of_its_own_below_the_state_folder(tmp_path: Path) -> None:
    one = state_file_of(Path("/srv/a/loglama.db"), {"XDG_STATE_HOME": str(tmp_path)})
    other = state_file_of(Path("/srv/b/loglama.db"), {"XDG_STATE_HOME": str(tmp_path)})
    assert one.parent == other.parent == tmp_path / "loglama"
    assert one != other
    relative = {"XDG_STATE_HOME": "not/absolute", "HOME": str(tmp_path)}
    assert state_file_of(Path("/x"), relative).is_relative_to(tmp_path / ".local" / "state")


def test_security_17_the_memory_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "state" / "explorer.json"
    state = ExplorerState(path)
    state.save()
    assert not path.exists()
    state.put("queries", ["level:error", "\ud800 odd"[1:]])
    state.save()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert ExplorerState(path).get("queries") == ["level:error", " odd"]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"[1]", b"{\xff", b'{"tab": 7, "theme": ["x"]}', b'{"tab": "nowhere"}'])
async def test_a_broken_memory_is_no_error(tmp_path: Path, content: bytes) -> None:
    store = make_store(tmp_path, ordinary_rows(20))
    memory = tmp_path / "memory.json"
    memory.write_bytes(content)
    state = ExplorerState(memory)
    app = ExplorerApp(settings_in(tmp_path), partial(SqliteReader, store), tab=state.text("tab"), state=state)
    async with app.run_test() as pilot:
        await filled(pilot, app)
        assert app.theme == DARK.name


def test_an_unwritable_memory_is_no_error() -> None:
    state = ExplorerState(Path("/proc/nowhere/explorer.json"))
    state.put("tab", "search")
    state.save()
    assert state.text("tab") == "search"


async def test_tab_and_theme_are_remembered(tmp_path: Path) -> None:
    store = make_store(tmp_path, ordinary_rows(20))
    memory = tmp_path / "memory.json"
    app = ExplorerApp(settings_in(tmp_path), partial(SqliteReader, store), state=ExplorerState(memory))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        await pilot.press("f2", "4")
        await until(pilot, lambda: app.query_one(TabBar).active == "diagnostics")
    app.state.save()
    again = ExplorerState(memory)
    assert (again.text("tab"), again.text("theme")) == ("diagnostics", LIGHT.name)
    app = ExplorerApp(settings_in(tmp_path), partial(SqliteReader, store), state=again)
    assert app.theme == LIGHT.name
