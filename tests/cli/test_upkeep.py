"""``prune``, ``backup`` and ``check``: the store stays in bounds, is copied and verified."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from loglama_tui.cli.commands.prune import read_size
from tests.cli.conftest import FilledStore, Program, row

pytestmark = pytest.mark.usefixtures("store")


def test_old_records_go_and_a_dry_run_only_counts(program: Program) -> None:
    until = "2026-11-01T00:00:05Z"
    told = program.run("prune", "--older-than", until, "--dry-run")
    assert (told.code, told.objects[0]["deleted"]) == (0, 5)
    assert "nothing was deleted" in told.err
    assert program.run("logs", "--count").out == "8\n"
    done = program.run("prune", "--older-than", until).objects[0]
    assert (done["deleted"], done["before"]) == (5, "2026-11-01T00:00:05.000Z")
    assert program.run("logs", "--count").out == "3\n"
    assert program.run("prune", "--older-than", until).objects[0]["deleted"] == 0
    assert {each["status"] for each in program.run("check").objects} == {"ok"}


def test_a_size_is_kept(program: Program, empty_store: FilledStore) -> None:
    for batch in range(20):
        rows = [row(batch * 500 + n, "y" * 500, service="bulk", offset=n) for n in range(500)]
        empty_store.add("bulk", *rows)
    before = program.run("prune", "--max-size", "1GB").objects[0]
    assert before["deleted"] == 0
    assert program.run("prune", "--max-size", "3MB", "--dry-run").objects[0]["deleted"] > 3_000
    after = program.run("prune", "--max-size", "3MB").objects[0]
    assert after["bytes"] <= 3_000_000 < before["bytes"]
    assert int(program.run("logs", "--count").out) == 10_008 - after["deleted"]
    assert program.run("logs", "--limit", "1").objects[0]["message"] == "y" * 500


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--older-than", "30d", "--max-size", "2GB"),
        ("--older-than", "soon"),
        ("--older-than", "2999-01-01"),
        ("--max-size", "big"),
        ("--max-size", "0"),
    ],
)
def test_limits_that_are_none_are_refused(program: Program, arguments: tuple[str, ...]) -> None:
    result = program.run("prune", *arguments)
    assert (result.code, result.out) == (2, "")
    assert program.run("logs", "--count").out == "8\n"


@pytest.mark.parametrize(
    ("text", "size"), [("2GB", 2 * 10**9), ("500 mb", 5 * 10**8), ("1.5GiB", 3 * 2**29), ("7", 7), ("1k", 1000)]
)
def test_sizes(text: str, size: int) -> None:
    assert read_size(text) == size


def test_a_backup_is_a_store(program: Program) -> None:
    result = program.run("backup", "copy.db")
    assert (result.code, result.err) == (0, "")
    assert result.objects == [{"file": "copy.db", "bytes": (program.folder / "copy.db").stat().st_size}]
    assert program.run("--db", "copy.db", "logs").objects == program.run("logs").objects
    assert program.run("backup", "copy.db").code == 2
    assert program.run("backup", "copy.db", "--force").code == 0
    assert program.run("--db", "none.db", "backup", "other.db").code == 3
    assert sorted(each.name for each in program.folder.iterdir()) == ["copy.db", "logs"]


def statuses(program: Program, *arguments: str) -> dict[str, str]:
    return {each["check"]: each["status"] for each in program.run("check", *arguments).objects}


def test_a_sound_store_is_checked_and_its_index_completed(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("bulk", *(row(100 + n, f"record {n}", service="bulk", offset=n) for n in range(500)))
    assert program.run("check").code == 0
    assert statuses(program) == {"file": "ok", "records": "ok", "counts": "ok", "search index": "ok"}
    with closing(sqlite3.connect(empty_store.path.with_suffix(".search.db"))) as index:
        assert index.execute("SELECT indexed_upto FROM index_state").fetchone() == (479,)


def test_a_damaged_index_is_made_anew(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("bulk", *(row(100 + n, f"record {n}", service="bulk", offset=n) for n in range(500)))
    program.run("check")
    index = empty_store.path.with_suffix(".search.db")
    with closing(sqlite3.connect(index, isolation_level=None)) as connection:
        connection.execute("DELETE FROM record_blocks_0_data WHERE id > 10")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert statuses(program, "--no-repair")["search index"] == "fail"
    assert program.run("check", "--no-repair").code == 1
    assert statuses(program)["search index"] == "mended"
    assert statuses(program)["search index"] == "ok"
    assert program.run("logs", "record 499", "--count").out == "1\n"


def test_wrong_counts_and_records_are_told(program: Program, empty_store: FilledStore) -> None:
    with closing(sqlite3.connect(empty_store.path, isolation_level=None)) as connection:
        connection.execute("UPDATE minute_counts SET n = n + 1 WHERE severity = 17")
        connection.execute("UPDATE records SET fields = '{' WHERE id = 2")
    result = program.run("check")
    assert result.code == 1
    found = {each["check"]: each for each in result.objects}
    assert found["counts"]["status"] == found["records"]["status"] == "fail"
    assert "the first is 2" in found["records"]["detail"]
