"""Faults 75-83 and security 32: the services' own SQLite databases, read beside their writers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.faults.numbered_lines import by_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.conftest import LogFolder

SCHEMA_A = (
    "CREATE TABLE log_records (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, level TEXT NOT NULL,"
    " level_number INTEGER NOT NULL, logger_name TEXT NOT NULL, message TEXT NOT NULL, file_path TEXT,"
    " line_number INTEGER, function TEXT, module TEXT, process_id INTEGER, process_name TEXT, thread_id INTEGER,"
    " thread_name TEXT, exception_info TEXT, context TEXT)"
)
SCHEMA_C = (
    "CREATE TABLE logs (id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, level_no INTEGER, logger_name TEXT,"
    " message TEXT, file_path TEXT, line_number INTEGER, function TEXT, module TEXT, process INTEGER,"
    " process_name TEXT, thread INTEGER, thread_name TEXT, context TEXT, extra TEXT)"
)
SCHEMA_D = (
    "CREATE TABLE logs (id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, logger TEXT, message TEXT, source TEXT,"
    " line INTEGER, function TEXT, extra TEXT)"
)
SIMPLE = "CREATE TABLE logs (id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, message TEXT)"
CONFIG = """\
[services.box]
logs = ["logs/box.log", "box/*.db"]
timezone = "UTC"
"""


class Box:
    """A service ``box`` with a database in the schema given, and a collector that knows it."""

    def __init__(self, log_folder: LogFolder, schema: str = SIMPLE) -> None:
        self.log_folder = log_folder
        self.path = log_folder.folder / "box" / "box.db"
        self.path.parent.mkdir(exist_ok=True)
        (log_folder.folder / "loglama.toml").write_text(CONFIG)
        self.execute(schema)

    def execute(self, sql: str, rows: Iterable[tuple[object, ...]] = ((),)) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(sql, rows) if "INSERT" in sql else connection.execute(sql)

    def add(self, first: int, last: int) -> None:
        self.execute(
            "INSERT INTO logs (timestamp, level, message) VALUES (?, 'INFO', ?)",
            [(f"2026-11-01 10:00:00.{number:06}", f"line {number}") for number in range(first, last + 1)],
        )

    def collect(self) -> list[str]:
        for report in self.log_folder.collect():
            assert report.error is None, report
        self.log_folder.check_invariants()
        return self.log_folder.messages()

    def collect_error(self) -> str:
        (error,) = [report.error for report in self.log_folder.collect() if report.error]
        return error


def expected(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


def test_the_original_schema_is_understood(log_folder: LogFolder) -> None:
    box = Box(log_folder, SCHEMA_A)
    context = {
        "free": 2,
        "context": {"request_id": "r1", "nested": {"a": [1]}},
        "request_id": "r1",
        "nested": {"a": [1]},
    }
    row = (
        "2026-11-01T10:00:00.123456", "ERROR", 40, "box.audit", "it broke", "/srv/a.py", 7, "run", "a", 11, "unknown",
        140, "MainThread", "Traceback (most recent call last):\n  boom", json.dumps(context),
    )  # fmt: skip
    marks = ", ".join("?" * len(row))
    insert = f"INSERT INTO log_records VALUES (NULL, {marks})"
    box.execute(insert, [row, (*row[:1], "Level 25", 25, "box", "", *([None] * 9), "{}")])
    log_folder.collect()
    rows = log_folder.query("SELECT time, severity, service, logger, message, source, offset, flags FROM logs")
    source = f"{box.path}#log_records"
    assert rows == [
        (
            "2026-11-01T10:00:00.123456Z", 17, "box", "box.audit",
            "it broke\nTraceback (most recent call last):\n  boom", source, 1, 8,
        ),
        ("2026-11-01T10:00:00.123456Z", 11, "box", "box", "", source, 2, 0),
    ]  # fmt: skip
    ((fields,),) = log_folder.query("SELECT fields FROM records WHERE id = 1")
    assert json.loads(str(fields)) == {
        "file_path": "/srv/a.py", "line_number": 7, "function": "run", "module": "a", "process_id": 11,
        "process_name": "unknown", "thread_id": 140, "thread_name": "MainThread", "free": 2, "request_id": "r1",
        "nested": {"a": [1]},
    }  # fmt: skip
    log_folder.check_invariants()


@pytest.mark.parametrize(
    ("schema", "insert"),
    [
        (SCHEMA_C, ("INSERT INTO logs (timestamp, level, level_no, logger_name, message, context, extra)"
         " VALUES ('2026-11-01 10:00:00', 'WARNING', 30, 'app', 'hello', '{\"k\": 1}', '{\"x\": 2}')")),
        (SCHEMA_D, ("INSERT INTO logs (timestamp, level, logger, message, extra)"
         " VALUES ('2026-11-01 10:00:00', 'WARNING', 'app', 'hello', '{\"k\": 1, \"x\": 2}')")),
    ],
)  # fmt: skip
def test_the_older_schemas_are_understood(log_folder: LogFolder, schema: str, insert: str) -> None:
    box = Box(log_folder, schema)
    box.execute(insert)
    assert box.collect() == ["hello"]
    assert log_folder.query("SELECT time_ns, level, logger, fields FROM logs") == [
        (1_793_527_200_000_000_000, "warning", "app", '{"k":1,"x":2}')
    ]


def test_any_table_with_time_and_message_is_a_log(log_folder: LogFolder) -> None:
    box = Box(log_folder, "CREATE TABLE audit (nr INTEGER PRIMARY KEY, ts REAL, severity TEXT, msg TEXT, user TEXT)")
    box.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    box.execute("INSERT INTO audit VALUES (5, 1793491200.25, 'warn', 'logged in', 'ann'), (9, NULL, NULL, NULL, NULL)")
    assert box.collect() == ["logged in", ""]
    assert log_folder.query("SELECT time_ns, level, fields, offset, flags FROM logs") == [
        (1_793_491_200_250_000_000, "warning", '{"user":"ann"}', 5, 0),
        (1_793_491_200_250_000_000, None, None, 9, 1),
    ]


def test_fault_75_a_database_is_followed_beside_its_wal_writer(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    with closing(sqlite3.connect(box.path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        daemon = log_folder.start_daemon()
        for number in range(1, 6):
            with writer:
                writer.execute("INSERT INTO logs (timestamp, message) VALUES (1793491200, ?)", (f"line {number}",))
            log_folder.wait_for(lambda upto=number: log_folder.messages() == expected(1, upto))  # type: ignore[misc]
        # A reader that held a snapshot would make this busy.
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        log_folder.kill(daemon)
    log_folder.check_invariants()


def test_fault_75_a_large_table_is_read_in_pages(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 25_000)
    assert box.collect() == expected(1, 25_000)
    box.add(25_001, 25_002)
    assert box.collect() == expected(1, 25_002)


def test_fault_76_an_exclusively_locked_database_is_read_later(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 3)
    with closing(sqlite3.connect(box.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        daemon = log_folder.start_daemon()
        log_folder.wait_for(lambda: log_folder.query("SELECT count(*) FROM collector_runs") == [(1,)])
        assert "locked" in box.collect_error()
        assert log_folder.messages() == []
        writer.execute("COMMIT")
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
        log_folder.kill(daemon)
    assert log_folder.query("SELECT DISTINCT error FROM sources") == [(None,)]


def test_fault_77_rows_deleted_and_keys_given_anew(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 10)
    box.collect()
    box.execute("DELETE FROM logs WHERE id > 7")
    box.add(11, 12)  # take the keys 8 and 9
    assert box.collect() == [*expected(1, 10), "line 11", "line 12"]
    box.execute("DELETE FROM logs")
    assert box.collect() == expected(1, 12)
    box.add(13, 30)  # takes the keys 1 to 18
    assert box.collect() == expected(1, 30)
    assert box.collect() == expected(1, 30)


def test_fault_77_old_rows_pruned_by_the_service_change_nothing(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 10)
    box.collect()
    box.add(11, 12)
    box.execute("DELETE FROM logs WHERE id <= 10")
    assert box.collect() == expected(1, 12)
    assert log_folder.query("SELECT count(*) FROM sources") == [(1,)]


def test_fault_78_vacuum_changes_nothing_and_unkeyed_tables_are_refused(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 10)
    box.execute("DELETE FROM logs WHERE id = 4")
    box.collect()
    box.execute("VACUUM")
    box.add(11, 12)
    assert box.collect() == [text for text in expected(1, 12) if text != "line 4"]
    box.execute("DROP TABLE logs")
    box.execute("CREATE TABLE logs (timestamp TEXT, message TEXT)")
    assert "no table of log records" in box.collect_error()


def test_fault_79_a_key_given_by_hand_below_the_last_is_documented_as_unseen(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.execute("INSERT INTO logs VALUES (10, '2026-11-01 10:00:00', 'INFO', 'ten')")
    box.collect()
    box.execute("INSERT INTO logs VALUES (5, '2026-11-01 10:00:00', 'INFO', 'five')")
    box.execute("INSERT INTO logs VALUES (11, '2026-11-01 10:00:00', 'INFO', 'eleven')")
    assert box.collect() == ["ten", "eleven"]


WRITER = """\
import random, sqlite3, sys, time
path, first, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
connection = sqlite3.connect(path, timeout=60, isolation_level=None)
for number in range(first, first + 300):
    connection.execute("BEGIN" if rng.random() < 0.5 else "BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO logs (timestamp, level, message) VALUES (?, 'INFO', ?)",
        (f"2026-11-01 10:00:00.{number:06}", f"line {number}"),
    )
    if rng.random() < 0.1:
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO logs (timestamp, level, message) VALUES (?, 'INFO', ?)",
            (f"2026-11-01 10:00:00.{number:06}", f"line {number}"),
        )
    time.sleep(rng.random() / 500)
    connection.execute("COMMIT")
"""


def test_fault_79_writers_at_once_commit_in_the_order_of_their_keys(log_folder: LogFolder) -> None:
    """SQLite lets one write at a time, so no key appears below one that was read: nothing is passed over."""
    box = Box(log_folder)
    with closing(sqlite3.connect(box.path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    log_folder.start_daemon()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, box.path, str(first), str(first)]) for first in (1, 301, 601)
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    log_folder.wait_for(lambda: len(log_folder.messages()) >= 900)
    assert by_number(log_folder.messages()) == expected(1, 900)


def test_fault_80_a_replaced_database_is_read_from_its_beginning(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 10)
    box.collect()
    box.path.rename(log_folder.folder / "away")
    box.execute(SIMPLE)
    box.add(11, 30)
    assert box.collect() == expected(1, 30)
    box.path.unlink()
    assert box.collect() == expected(1, 30)


def test_fault_80_a_copy_put_in_its_place_goes_on(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 10)
    box.collect()
    shutil.copy(box.path, log_folder.folder / "copy")
    (log_folder.folder / "copy").replace(box.path)
    box.add(11, 12)
    assert box.collect() == expected(1, 12)
    assert log_folder.query("SELECT count(*) FROM sources") == [(1,)]


def test_fault_81_columns_come_and_go(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 2)
    box.collect()
    box.execute("ALTER TABLE logs ADD COLUMN user TEXT")
    box.execute("INSERT INTO logs VALUES (3, '2026-11-01 10:00:00', 'INFO', 'line 3', 'ann')")
    box.collect()
    box.execute("ALTER TABLE logs DROP COLUMN level")
    box.execute("INSERT INTO logs VALUES (4, '2026-11-01 10:00:00', 'line 4', 'bob')")
    assert box.collect() == expected(1, 4)
    assert log_folder.query("SELECT fields FROM records WHERE id > 2") == [('{"user":"ann"}',), ('{"user":"bob"}',)]


def test_fault_82_security_32_views_triggers_and_virtual_tables_are_not_run(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 2)
    box.execute("CREATE VIEW evil AS SELECT 1 AS id, '2026-11-01' AS timestamp, 'view' AS message")
    box.execute("CREATE VIRTUAL TABLE words USING fts5(timestamp, message)")
    box.execute("INSERT INTO words VALUES ('2026-11-01 10:00:00', 'virtual')")
    box.execute("CREATE TRIGGER t AFTER INSERT ON logs BEGIN DELETE FROM logs WHERE id = 1; END")
    box.execute("ALTER TABLE logs ADD COLUMN heavy TEXT AS (hex(zeroblob(1000000000))) VIRTUAL")
    box.execute('CREATE TABLE "we""ird] [name" (id INTEGER PRIMARY KEY, "time" TEXT, "msg" TEXT, "a""b" TEXT)')
    box.execute("INSERT INTO \"we\"\"ird] [name\" VALUES (1, '2026-11-01 10:00:00', 'quoted', 'c')")
    before = box.path.read_bytes()
    assert sorted(box.collect()) == ["line 1", "line 2", "quoted"]
    assert box.path.read_bytes() == before


def test_fault_82_security_32_large_values_and_odd_bytes(log_folder: LogFolder) -> None:
    box = Box(log_folder, SCHEMA_D)
    huge = "x" * 30_000_000
    rows = [
        ("2026-11-01 10:00:00", "INFO", "app", "before", None),
        ("2026-11-01 10:00:01", "INFO", "app", huge, "{}"),
        ("2026-11-01 10:00:02", "INFO", "app", b"bad \xff\0bytes", '{"deep":' * 5000),
        ("no time", 7, 3.5, 12, float("inf")),
    ]
    box.execute("INSERT INTO logs (timestamp, level, logger, message, extra) VALUES (?, ?, ?, ?, ?)", rows)
    messages = box.collect()
    assert messages[0] == "before"
    assert messages[1] == huge[:2000]
    assert messages[2] == "bad \\xff\\x00bytes"
    assert messages[3] == "12"
    assert log_folder.query("SELECT flags & 2, fields ->> '$.original_length' FROM records WHERE id = 2") == [
        (2, len(huge))
    ]
    log_folder.check_invariants()


def test_security_32_what_is_no_database_costs_that_source_only(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 3)
    (box.path.parent / "broken.db").write_bytes(b"SQLite format 3\0" + os.urandom(8000))
    (box.path.parent / "text.db").write_text("no database\n" * 1000)
    damaged = bytearray(box.path.read_bytes())
    damaged[4096:4196] = os.urandom(100)
    (box.path.parent / "damaged.db").write_bytes(damaged)
    reports = log_folder.collect()
    assert len([report for report in reports if report.error]) == 3
    assert log_folder.messages() == expected(1, 3)


def test_fault_83_an_update_of_a_stored_row_is_not_followed(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 3)
    box.collect()
    box.execute("UPDATE logs SET message = 'changed' WHERE id = 2")
    box.execute("UPDATE logs SET level = 'ERROR' WHERE id = 3")
    box.add(4, 4)
    assert box.collect() == expected(1, 4)


def test_a_store_is_never_a_source(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    (log_folder.folder / "loglama.toml").write_text('[services.box]\nlogs = ["*.db"]\n')
    box.collect()
    assert box.collect() == []
    shutil.copy(log_folder.db_path, log_folder.folder / "copy.db")
    assert "LogLama store" in box.collect_error()


def test_an_event_in_file_and_database_is_stored_once_from_the_file(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 5)
    box.execute("INSERT INTO logs (timestamp, level, message) VALUES ('2026-11-01 10:00:00.000003', 'INFO', 'line 3')")
    text = "".join(f"2026-11-01 10:00:00,000 - INFO - box - line {number}\n" for number in range(2, 5))
    log_folder.write("box.log", text)
    messages = box.collect()
    # The row that says line 3 a second time happened twice: the file has it once.
    assert sorted(messages) == ["line 1", "line 2", "line 3", "line 3", "line 4", "line 5"]
    assert box.collect() == messages
    kinds = log_folder.query("SELECT s.kind, count(*) FROM records r JOIN sources s ON s.id = r.source_id GROUP BY 1")
    assert kinds == [("file", 3), ("sqlite", 3)]


def test_an_event_in_file_and_database_is_stored_once_while_both_grow(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    log_folder.write("box.log", "2026-11-01 09:00:00,000 - INFO - box - start\n")
    daemon = log_folder.start_daemon()
    for number in range(1, 40):
        box.add(number, number)
        stamp = f"2026-11-01 10:00:00,{number // 1000:03}"
        log_folder.write("box.log", f"{stamp} - INFO - box - line {number}\n")
    box.execute("INSERT INTO logs (timestamp, level, message) VALUES ('2026-11-01 11:00:00', 'INFO', 'only here')")
    log_folder.wait_for(lambda: "only here" in log_folder.messages())
    log_folder.kill(daemon)
    assert sorted(log_folder.messages()) == sorted(["start", *expected(1, 39), "only here"])
    log_folder.check_invariants()


def test_two_collectors_store_a_table_once(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 20_000)
    command = [sys.executable, "-m", "loglama_tui", "collect-logs"]
    environment = {**os.environ, **log_folder.environment}
    running = [
        subprocess.Popen(command, cwd=log_folder.folder, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert log_folder.messages() == expected(1, 20_000)
    log_folder.check_invariants()


def test_a_killed_collector_goes_on_where_it_was(log_folder: LogFolder) -> None:
    box = Box(log_folder)
    box.add(1, 60_000)
    for _ in range(4):
        daemon = log_folder.start_daemon()
        before = len(log_folder.messages()) if log_folder.db_path.exists() else 0
        log_folder.wait_for(lambda than=before: len(log_folder.messages()) > than or than == 60_000)  # type: ignore[misc]
        log_folder.kill(daemon)
    assert box.collect() == expected(1, 60_000)
    log_folder.check_invariants()
