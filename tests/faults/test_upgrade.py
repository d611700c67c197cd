"""Fault 13: a store of an earlier version, with its sources half read, is opened by this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import LogFolder


def turn_back(db_path: Path, version: int) -> None:
    """Put in the store's place what the version would have written: its tables, with what they have in common."""
    old_path = db_path.with_name("old.db")
    with closing(sqlite3.connect(old_path)) as old, old:
        old.executescript(
            "".join(MIGRATIONS[:version])
            + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}; PRAGMA journal_mode = WAL"
        )
        old.execute("ATTACH ? AS now", (str(db_path),))
        tables = "SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'table' AND name NOT LIKE 'sqlite%'"
        there = {name for (name,) in old.execute(tables, ("now",))}
        for (table,) in old.execute(tables, ("main",)).fetchall():
            if table in there:
                columns = ", ".join(f'"{name}"' for name in _columns(old, "main", table) & _columns(old, "now", table))
                old.execute(f"DELETE FROM main.{table}")
                old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
    for suffix in ("-wal", "-shm"):
        db_path.with_name(db_path.name + suffix).unlink(missing_ok=True)
    old_path.replace(db_path)


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA {schema}.table_xinfo({table})") if not row[6]}


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_fault_13_an_upgrade_keeps_the_offsets(log_folder: LogFolder, version: int) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.write("other.log", lines(1001, 1010))
    log_folder.collect()
    turn_back(log_folder.db_path, version)
    assert log_folder.query("PRAGMA user_version") == [(version,)]
    log_folder.write("app.log", lines(51, 60))
    path.rename(f"{path}.1")
    log_folder.write("app.log", lines(61, 70))
    log_folder.start_daemon()
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted([*expected(1, 70), *expected(1001, 1010)]))
    assert log_folder.query("PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert log_folder.gaps() == []
