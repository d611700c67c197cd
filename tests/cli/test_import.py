from __future__ import annotations

import bz2
import gzip
import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

LINE = '{"time":"2026-11-01T00:00:%02dZ","level":"info","msg":"hello %d"}\n'
INTEROP = Path(__file__).parents[2] / "../shared/interop"
DATABASE = (
    "CREATE TABLE log_records (id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, level_number INTEGER,"
    " logger_name TEXT, message TEXT)"
)


def lines(first: int, last: int) -> str:
    return "".join(LINE % (number, number) for number in range(first, last + 1))


def imported(program: Program, *arguments: str, code: int = 0) -> dict[str, int]:
    """Import and return the records stored per source."""
    result = program.run("import", *arguments)
    assert result.code == code, result
    return {values["source"]: values["records"] for values in result.objects}


def stored(program: Program) -> list[str]:
    result = program.run("logs", "--limit", "100000", "--fields", "message")
    return [values["message"] for values in result.objects]


def fill(path: Path, first: int, last: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(DATABASE)
        connection.executemany(
            "INSERT INTO log_records (timestamp, level, level_number, logger_name, message) VALUES (?, ?, ?, ?, ?)",
            [(f"2026-11-01T00:00:{n:02}", "INFO", 20, "app", f"hello {n}") for n in range(first, last + 1)],
        )


def test_files_folders_archives_and_databases(program: Program) -> None:
    old = program.folder / "old"
    (old / "deep").mkdir(parents=True)
    (old / "deep" / "app.log").write_text(lines(1, 2) + '{"msg":"no newline"}')
    (old / "deep" / "app-2026-11-01.log.bz2").write_bytes(bz2.compress(lines(3, 4).encode()))
    (old / "packed").write_bytes(gzip.compress(lines(5, 6).encode()))
    (old / "picture.png").write_bytes(b"\x89PNG\0\0\0\0")
    os.mkfifo(old / "fifo.log")
    fill(old / "app.db", 7, 8)
    expected = {
        "old/deep/app.log": 3,
        "old/deep/app-2026-11-01.log.bz2": 2,
        "old/packed": 2,
        "old/app.db#log_records": 2,
        "old/picture.png": 0,
    }
    assert imported(program, "old", code=1) == {str(name).removeprefix("./"): count for name, count in expected.items()}
    assert sorted(stored(program)) == [*(f"hello {n}" for n in range(1, 9)), "no newline"]
    assert set(imported(program, "old", "old/packed", code=1).values()) == {0}
    assert len(stored(program)) == 9


def test_an_imported_file_is_the_source_that_is_collected(program: Program) -> None:
    logs = program.folder / "logs"
    logs.mkdir()
    path = logs / "weblama.log"
    path.write_text(lines(1, 3))
    other = logs / "apilama.log"
    other.write_text(lines(10, 11) + '{"msg":"held')
    assert program.run("collect-logs").code == 0
    path.write_text(lines(1, 5))
    assert imported(program, "logs/weblama.log") == {"logs/weblama.log": 2}
    other.write_text(lines(10, 11) + '{"msg":"held back"}\n')
    assert {values["records"] for values in program.run("collect-logs").objects} == {0, 1}
    assert program.run("collect-logs", "--services", "weblama").objects[0]["records"] == 0
    assert sorted(stored(program)) == sorted(["held back", *(f"hello {n}" for n in (1, 2, 3, 4, 5, 10, 11))])
    with closing(sqlite3.connect(logs / "loglama.db")) as connection:
        assert connection.execute("SELECT state, gap_bytes FROM sources").fetchall() == [("active", 0), ("active", 0)]


def test_service_and_format_are_those_given(program: Program) -> None:
    (program.folder / "x.txt").write_text("a=1 level=error msg=hello\n")
    assert imported(program, "x.txt", "--service", "box", "--format", "logfmt") == {"x.txt": 1}
    (record,) = program.run("logs").objects
    assert (record["service"], record["level"], record["message"]) == ("box", "error", "hello")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.log",), "does not exist"),
        (("--format", "jsn", "x"), "no such format"),
        (("--service", "a/b", "x"), "no name for a service"),
        ((), "missing argument"),
    ],
)
def test_what_cannot_be_is_a_usage_error(program: Program, arguments: tuple[str, ...], said: str) -> None:
    (program.folder / "x").write_text("x\n")
    result = program.run("import", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert not (program.folder / "logs").exists()


def piped(program: Program, text: str | bytes, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        program.command("import", "-", *arguments),
        cwd=program.folder,
        env=program.environment,
        input=text if isinstance(text, bytes) else text.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def test_a_pipe_is_stored_whole_and_known_again(program: Program) -> None:
    text = lines(1, 59) * 50
    assert piped(program, text + "the end", "--service", "box")["records"] == 59 * 50 + 1
    assert piped(program, text + "the end", "--service", "box")["records"] == 0
    assert piped(program, text + "the end\nand more\n", "--service", "box")["records"] in {1, 0}
    assert piped(program, lines(1, 59) * 20 + lines(30, 59) * 300)["records"] == 59 * 20 + 30 * 300
    assert piped(program, gzip.compress(lines(1, 2).encode()))["records"] == 2
    assert piped(program, "")["records"] == 0
    assert list(program.folder.glob("**/tmp*")) == []


def test_a_pipe_that_goes_on_is_stored_as_it_comes(program: Program) -> None:
    process = program.start("import", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(lines(1, 20).encode())
    process.stdin.flush()
    while program.run("logs", "--count").out != "20\n":
        assert process.poll() is None
    process.stdin.write(lines(21, 22).encode())
    process.communicate()
    assert process.returncode == 0
    assert len(stored(program)) == 22


def test_a_redirected_file_is_that_file(program: Program) -> None:
    path = program.folder / "app.log"
    path.write_text(lines(1, 3))
    with path.open("rb") as file:
        process = program.start("import", "-", stdin=file)
        process.communicate()
    assert imported(program, "app.log") == {"app.log": 0}
    assert len(stored(program)) == 3


def test_an_interrupted_import_goes_on(program: Program) -> None:
    (program.folder / "big.log").write_text(lines(1, 59) * 4000)
    process = program.start("import", "big.log")
    while program.run("logs", "--count").out in {"", "0\n"}:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, b"interrupted: what is stored stays" in err) in {(0, False), (130, True)}
    (report,) = map(json.loads, out.splitlines())
    assert 0 < report["records"] <= 59 * 4000
    imported(program, "big.log")
    assert program.run("logs", "--count").out == f"{59 * 4000}\n"


def test_a_database_with_the_journal_of_a_killed_writer(program: Program) -> None:
    path = program.folder / "app.db"
    fill(path, 1, 5)
    half_a_transaction = """if True:
        import os, sqlite3
        writer = sqlite3.connect("app.db")
        writer.execute("PRAGMA cache_size = 1")
        writer.executemany("INSERT INTO log_records (message) VALUES (?)", [("x" * 5000,)] * 200)
        os._exit(0)
    """
    subprocess.run([*program.command()[:1], "-c", half_a_transaction], cwd=program.folder, check=True)
    assert (program.folder / "app.db-journal").stat().st_size
    before = path.read_bytes()
    result = program.run("import", "app.db")
    (values,) = result.objects
    assert path.read_bytes() == before
    assert values["error"] or "journal" in values["note"]


@pytest.mark.skipif(not INTEROP.is_dir(), reason="the samples of other versions are not here")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("loglama_original.db", 5000),
        ("repo_weblama_pylama.db", 33),
        ("core_json_apilama.log", 500),
        ("helpers_text.log", 233),
        ("sibling_apilama.log", 201),
        ("sibling_apilama.db", 201),
        ("sibling_weblama.log", 201),
        ("sibling_devlama.log", 201),
        ("sibling_devlama.db", 201),
        ("fallback_basicconfig.log", 150),
        ("colored_ansi.log", 150),
    ],
)
def test_what_other_versions_wrote_is_counted_right(program: Program, name: str, count: int) -> None:
    assert sum(imported(program, str(INTEROP / name)).values()) == count
    assert sum(imported(program, str(INTEROP / name)).values()) == 0
    assert program.run("logs", "--count").out == f"{count}\n"


@pytest.mark.skipif(not INTEROP.is_dir(), reason="the samples of other versions are not here")
@pytest.mark.parametrize("service", ["apilama", "devlama"])
def test_file_and_database_of_one_service_count_once(program: Program, service: str) -> None:
    names = [str(INTEROP / f"sibling_{service}.{suffix}") for suffix in ("db", "log")]
    imported(program, *names, "--service", service)
    assert program.run("logs", "--count").out == "201\n"
