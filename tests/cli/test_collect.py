from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from tests.cli.conftest import Program
from tests.cli.pseudo_terminal import DEADLINE_S, on_terminal, read_until

LINE = '{"time":"2026-11-01T00:00:%02dZ","level":"info","msg":"hello %d"}\n'


@pytest.fixture
def logged(program: Program) -> Iterator[Program]:
    """A program whose folder holds two logs; its collector is stopped in the end."""
    logs = program.folder / "logs"
    logs.mkdir()
    (logs / "weblama.log").write_text("".join(LINE % (n, n) for n in range(3)))
    (logs / "apilama.log").write_text(LINE % (9, 9))
    yield program
    program.run("log-collector", "stop")


def collector_pid(program: Program) -> int:
    pid = program.run("log-collector", "status").objects[0]["pid"]
    assert isinstance(pid, int)
    return pid


def test_one_pass_reports_per_source(logged: Program) -> None:
    result = logged.run("collect-logs")
    assert (result.code, result.err) == (0, "")
    assert [(values["source"], values["service"], values["records"]) for values in result.objects] == [
        ("logs/apilama.log", "apilama", 1),
        ("logs/weblama.log", "weblama", 3),
    ]
    assert set(result.objects[0]) == {"source", "service", "records", "bytes", "gap_bytes", "error"}
    again = logged.run("collect-logs")
    assert [values["records"] for values in again.objects] == [0, 0]
    printed = logged.run("logs", "--service", "weblama", "--level", "info", "--limit", "50").objects
    assert [values["message"] for values in printed] == ["hello 0", "hello 1", "hello 2"]
    assert printed[0]["source"] == "logs/weblama.log"


def test_one_pass_of_some_services(logged: Program) -> None:
    result = logged.run("collect-logs", "--services", "apilama")
    assert [values["service"] for values in result.objects] == ["apilama"]
    assert logged.run("logs", "--count").out == "1\n"


def test_a_source_that_cannot_be_read_is_exit_code_1(logged: Program) -> None:
    (logged.folder / "logs" / "locked.log").symlink_to("/etc/shadow-not-there")
    (logged.folder / "logs" / "pybox.log").mkdir()
    result = logged.run("collect-logs")
    assert {values["source"] for values in result.objects if values["records"]} == {
        "logs/apilama.log",
        "logs/weblama.log",
    }
    assert result.code == (1 if any(values["error"] for values in result.objects) else 0)


def test_no_log_at_all_is_exit_code_1_and_says_where_it_looked(program: Program) -> None:
    result = program.run("collect-logs", env={"LOGLAMA_LOG_DIR": "empty"})
    assert (result.code, result.out) == (1, "")
    assert str(program.folder / "empty") in result.err


def test_a_store_that_is_not_ours_is_left_untouched(logged: Program) -> None:
    path = logged.folder / "theirs.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    before = path.read_bytes()
    for command in (["collect-logs"], ["log-collector", "start"], ["log-collector", "run"], ["logs"]):
        result = logged.run("--db", "theirs.db", *command)
        assert (result.code, result.out) == (3, ""), command
        assert result.err.startswith("error: ")
    assert path.read_bytes() == before


def test_the_collector_runs_in_the_background(logged: Program) -> None:
    assert logged.run("log-collector", "status").code == 1
    started = logged.run("log-collector", "start", "--interval", "60")
    assert (started.code, started.err) == (0, "")
    assert started.out.startswith("the collector is running, pid ")
    status = logged.run("log-collector", "status")
    assert status.code == 0
    collector, *sources = status.objects
    assert collector["running"] is True
    assert collector["interval_s"] == 60
    assert {values["source"] for values in sources} >= {"logs/apilama.log", "logs/weblama.log"}
    assert logged.run("logs", "--service", "apilama,weblama", "--count").out == "4\n"
    again = logged.run("log-collector", "start")
    assert again.code == 0
    assert "already running" in again.out
    assert collector_pid(logged) == collector["pid"]
    assert logged.run("log-collector", "restart").code == 0
    assert collector_pid(logged) != collector["pid"]
    pretty = logged.run("log-collector", "status", "--format", "pretty", env={"TZ": "Asia/Tokyo"}).out
    assert pretty.startswith("running, pid ")
    last = next(values["last_record"] for values in sources if values["source"] == "logs/weblama.log")
    local = datetime.fromisoformat(last).astimezone(timezone(timedelta(hours=9)))
    assert f"{local:%Y-%m-%d %H:%M:%S}" in next(line for line in pretty.split("\n") if "logs/weblama.log" in line)
    assert logged.run("log-collector", "stop").code == 0
    assert logged.run("log-collector", "stop").code == 1
    assert logged.run("log-collector", "status").code == 1


def test_what_is_logged_while_the_collector_runs_is_followed(logged: Program) -> None:
    assert logged.run("log-collector", "start").code == 0
    process = logged.start("logs", "--follow", "--limit", "1", "--service", "weblama", "--fields", "message")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"message":"hello 2"}\n'
        with (logged.folder / "logs" / "weblama.log").open("a") as file:
            file.write(LINE % (30, 30))
        assert process.stdout.readline() == b'{"message":"hello 30"}\n'
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_fault_84_a_collector_in_the_foreground_ends_on_a_signal(logged: Program, number: signal.Signals) -> None:
    process = logged.start("log-collector", "run")
    try:
        deadline = time.monotonic() + 20
        while not logged.run("log-collector", "status").objects[0]["running"]:
            assert time.monotonic() < deadline
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (0, b"", b"")


def test_fault_15_a_second_collector_refuses(logged: Program) -> None:
    assert logged.run("log-collector", "start").code == 0
    second = logged.run("log-collector", "run")
    assert second.code == 3
    assert second.err.startswith("error: ")


def test_a_collector_that_was_killed_is_not_running(logged: Program) -> None:
    assert logged.run("log-collector", "start").code == 0
    os.kill(collector_pid(logged), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while logged.run("log-collector", "status").code == 0:
        assert time.monotonic() < deadline
    assert logged.run("log-collector", "start").code == 0


def test_the_demo_stores_what_it_writes_and_leaves_nothing_behind(program: Program) -> None:
    temporary = program.folder / "tmp"
    temporary.mkdir()
    program.environment |= {"TMPDIR": str(temporary), "LOGLAMA_DB_PATH": "/nowhere/at/all.db"}
    result = program.run("demo", "--headless", "--seconds", "1", "--rate", "300")
    assert (result.code, result.err) == (0, "")
    assert {values["service"] for values in result.objects} == {"weblama", "apilama", "pybox", "pyllm", "pylama"}
    assert all(values["written"] == values["stored"] for values in result.objects)
    assert sum(values["stored"] for values in result.objects) > 100
    assert list(temporary.iterdir()) == []
    assert [path.name for path in program.folder.iterdir()] == ["tmp"]


def test_the_demo_opens_the_explorer_and_leaves_nothing_behind(program: Program) -> None:
    temporary = program.folder / "tmp"
    temporary.mkdir()
    program.environment["TMPDIR"] = str(temporary)
    with on_terminal(program, "demo") as (process, terminal):
        read_until(terminal, lambda data: b"following" in data and b"apilama" in data)
        os.write(terminal, b"q")
        read_until(terminal, lambda _: False)
        assert process.wait(DEADLINE_S) == 0
    assert list(temporary.iterdir()) == []


def test_an_interrupted_demo_leaves_nothing_behind(program: Program) -> None:
    temporary = program.folder / "tmp"
    temporary.mkdir()
    program.environment["TMPDIR"] = str(temporary)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = program.start("demo", "--headless", "--seconds", "60")
        deadline = time.monotonic() + 20
        while not list(temporary.glob("*/logs/*.log")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (code, b"", b"")
        assert list(temporary.iterdir()) == []


def test_an_interrupted_pass_tells_what_it_did_and_goes_on(logged: Program) -> None:
    big = logged.folder / "logs" / "big.log"
    big.write_text("".join(LINE % (n % 60, n) for n in range(200_000)))
    process = logged.start("collect-logs")
    while logged.run("logs", "--service", "big", "--count").out in {"", "0\n"}:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, b"interrupted: what is stored stays" in err) in {(0, False), (130, True)}
    stored = {report["source"]: report["records"] for report in map(json.loads, out.splitlines())}
    assert logged.run("logs", "--service", "big", "--count").out == f"{stored['logs/big.log']}\n"
    rest = {report["source"]: report["records"] for report in logged.run("collect-logs").objects}
    assert stored["logs/big.log"] + rest["logs/big.log"] == 200_000
    assert logged.run("logs", "--service", "big", "--count").out == "200000\n"


def test_progress_is_for_terminals_only(logged: Program) -> None:
    with (logged.folder / "logs" / "weblama.log").open("a") as file:
        file.writelines(json.dumps({"level": "info", "msg": f"record {n}"}) + "\n" for n in range(20_000))
    result = logged.run("collect-logs")
    assert (result.code, result.err) == (0, "")
    assert logged.run("logs", "--count").out == "20004\n"
