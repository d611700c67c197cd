from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.core.emit.collecting import collected


def lines_of(program: Program, service: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (program.folder / "logs" / f"{service}.log").read_bytes().splitlines()]


def pipe(program: Program, data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        program.command("emit", "--stdin", *arguments),
        input=data,
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_a_message_with_pairs_is_a_record(program: Program) -> None:
    done = program.run(
        "emit", "backup done", "files=12", "ratio=0.5", "name=Ann Łee", "--level", "WARN", "--service", "shop"
    )
    assert (done.code, done.out, done.err) == (0, "", "")
    (record,) = collected(program.folder)
    assert (record.level, record.service, record.message) == ("warning", "shop", "backup done")
    assert record.fields == {"files": 12, "ratio": 0.5, "name": "Ann Łee"}


def test_the_service_is_the_one_of_the_environment_unless_given(program: Program) -> None:
    program.run("emit", "one", env={"LOGLAMA_SERVICE": "cron"})
    program.run("emit", "two", "--service", "given", env={"LOGLAMA_SERVICE": "cron"})
    program.run("emit", "three")
    assert [lines_of(program, name)[0]["message"] for name in ("cron", "given", "shell")] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "there is no message"),
        (["x", "--level", "loud"], "unknown level 'loud'"),
        (["x", "--service", "../x"], "'../x' is no name for a service"),
        (["x", "--service", ".hidden"], "'.hidden' is no name for a service"),
        (["x", "--sevice", "y"], "no such option --sevice"),
        (["x", "--stdin"], "--stdin takes its messages from the pipe"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(program: Program, arguments: list[str], told: str) -> None:
    """Security 21."""
    done = program.run("emit", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {told}")
    assert "hint: " in done.err
    assert not (program.folder / "logs").exists()


def test_a_log_that_cannot_be_written_is_an_error(program: Program) -> None:
    (program.folder / "logs").touch()
    done = program.run("emit", "x", "--service", "shop")
    assert done.code == 3
    error, hint = done.err.splitlines()
    assert error.startswith("error: ")
    assert "logs/shop.log cannot be written: " in error
    assert "LOGLAMA_LOG_DIR" in hint


def test_the_lines_of_a_pipe_become_records(program: Program) -> None:
    data = 'one\n\n  two  \r\n{"a":1}\n["x"]\nłódź 🦙\n'.encode() + b"\xff bad\nno newline at the end"
    done = pipe(program, data, "--service", "job", "--level", "error")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    records = collected(program.folder)
    assert [record.message for record in records] == [
        "one", "  two  ", '{"a":1}', '["x"]', "łódź 🦙", "\\xff bad", "no newline at the end",
    ]  # fmt: skip
    assert {(record.level, record.service) for record in records} == {("error", "job")}


def test_a_piped_record_keeps_its_own_level_time_and_service(program: Program) -> None:
    data = (
        b'{"time":"2026-11-01T12:00:00.123456789Z","level":"warn","msg":"whole","service":"own","a":{"b":[1]}}\n'
        b'  {"severity":"CRITICAL","message":"no time, no service"}\n'
    )
    assert pipe(program, data, "--service", "job").returncode == 0
    late, whole = sorted(collected(program.folder), key=lambda record: -record.time_ns)
    assert (whole.level, whole.message, whole.service) == ("warning", "whole", "own")
    assert (whole.time_ns, whole.fields) == (1_793_534_400_123_456_789, {"a": {"b": [1]}})
    assert (late.level, late.message, late.service) == ("critical", "no time, no service", "job")
    assert abs(late.time_ns - time.time_ns()) < 60_000_000_000
    assert not late.flags & 1


def test_a_piped_line_is_logged_when_it_comes(program: Program) -> None:
    with subprocess.Popen(
        program.command("emit", "--stdin", "--service", "job"),
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.PIPE,
    ) as job:
        assert job.stdin is not None
        job.stdin.write(b"first\n")
        job.stdin.flush()
        file = program.folder / "logs" / "job.log"
        deadline = time.monotonic() + 60
        while not file.exists() or b"first" not in file.read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        job.stdin.close()
        assert job.wait(60) == 0


def test_a_line_without_end_takes_no_memory_without_end(program: Program, tmp_path: Path) -> None:
    assert pipe(program, b"x" * 3_000_000 + b"\nnext\n", "--service", "job").returncode == 0
    lines = lines_of(program, "job")
    assert lines[-1]["message"] == "next"
    assert "".join(line["message"] for line in lines[:-1]) == "x" * 3_000_000
