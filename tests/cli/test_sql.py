"""``loglama sql`` reads everything and changes nothing (security 11, 15)."""

from __future__ import annotations

import csv
import io
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import FilledStore, Program

pytestmark = pytest.mark.usefixtures("store")


def test_rows_in_every_format(program: Program) -> None:
    statement = "SELECT level, count(*) AS n, x'00ff' AS raw FROM logs WHERE level = 'info' GROUP BY level"
    assert program.run("sql", statement).objects == [{"level": "info", "n": 3, "raw": "00ff"}]
    assert program.run("sql", statement, "--format", "csv").out == "level,n,raw\ninfo,3,00ff\n"
    assert program.run("sql", statement, "--format", "pretty").out.splitlines() == ["LEVEL  N  RAW", "info   3  00ff"]


def test_many_rows_have_one_line_of_titles(program: Program) -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500) SELECT x FROM n"
    out = program.run("sql", numbers, "--format", "csv", "--limit", "5000").out
    assert [row["x"] for row in csv.DictReader(io.StringIO(out))] == [str(number) for number in range(1, 2501)]
    cut = program.run("sql", numbers, "--limit", "10")
    assert len(cut.objects) == 10
    assert "only the first 10 rows" in cut.err


def test_views_and_their_columns_can_be_looked_up(program: Program) -> None:
    names = {row["name"] for row in program.run("sql", "SELECT name FROM pragma_table_list").objects}
    assert {"logs", "log_records", "records"} <= names
    columns = [row["name"] for row in program.run("sql", "PRAGMA table_info(logs)").objects]
    assert columns[:4] == ["id", "time", "level", "service"]
    twice = program.run("sql", "SELECT 1 AS a, 2 AS a").objects
    assert twice == [{"a": 1, "a_2": 2}]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records",
        "INSERT INTO services (name) VALUES ('x')",
        "DROP TABLE records",
        "UPDATE sqlite_master SET sql = ''",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "ATTACH 'evil.db' AS evil",
        "VACUUM INTO 'evil.db'",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('evil')",
        "BEGIN IMMEDIATE",
        "SELECT 1; SELECT 2",
        "SELECT nonsense FROM logs",
        "this is no SQL",
        "SELECT ?",
        " ; ",
    ],
)
def test_security_11_what_does_more_than_read_is_refused(
    program: Program, empty_store: FilledStore, statement: str
) -> None:
    empty_store.close()
    before = empty_store.path.read_bytes()
    result = program.run("sql", statement)
    assert (result.code, result.out) == (2, "")
    assert [line.split(":")[0] for line in result.err.splitlines()] == ["error", "hint"]
    assert empty_store.path.read_bytes() == before
    assert os.listdir(program.folder) == ["logs"]  # noqa: PTH208 - names are all that counts


def test_security_15_an_endless_statement_ends(program: Program) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    begin = time.monotonic()
    result = program.run("sql", endless, "--timeout", "0.3")
    assert result.code == 2
    assert "longer than 0.3 s" in result.err
    assert time.monotonic() - begin < 20


def test_nothing_found_is_exit_code_1(program: Program) -> None:
    assert program.run("sql", "SELECT 1 WHERE 0").code == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files a process has open")
def test_an_endless_statement_is_interrupted(program: Program) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, logs"
    with program.start("sql", endless, "--timeout", "600") as process:
        try:
            deadline = time.monotonic() + 30
            while not has_open(process.pid, "loglama.db"):
                assert time.monotonic() < deadline, "it never opened the store"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out, b"Traceback" in err) == (130, b"", False)


def has_open(pid: int, name: str) -> bool:
    with suppress(FileNotFoundError):  # closed while we look
        return any(file.readlink().name == name for file in Path(f"/proc/{pid}/fd").iterdir())
    return False
