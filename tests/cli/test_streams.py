from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import FilledStore, Program, row
from tests.cli.pseudo_terminal import DEADLINE_S, on_terminal, read_until

pytestmark = pytest.mark.usefixtures("store")


@contextlib.contextmanager
def following(program: Program, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = program.start("logs", "--follow", *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_terminal_gets_pretty_coloured_lines(program: Program) -> None:
    with on_terminal(program, "logs", "--limit", "2") as (process, terminal):
        text = read_until(terminal, lambda _: False).decode()
        assert process.wait(DEADLINE_S) == 0
    assert "\x1b[2mDEBUG" in text
    assert "shutting down" in text


@pytest.mark.parametrize("output_format", ["pretty", "jsonl", "csv", "logfmt", "raw"])
def test_security_01_no_escape_sequence_of_a_record_reaches_a_terminal(
    program: Program, empty_store: FilledStore, output_format: str
) -> None:
    hostile = "\x1b]52;c;aGk=\x07\x1b[2J\x9b2J\u202e\r"
    empty_store.add("evil", row(9000, hostile, service="evil", fields={hostile: hostile}, logger=hostile))
    arguments = ("logs", "--limit", "1", "--format", output_format, "--color", "never")
    with on_terminal(program, *arguments) as (process, terminal):
        text = read_until(terminal, lambda _: False).decode()
        assert process.wait(DEADLINE_S) == 0
    assert not [
        character for character in text.replace("\r\n", "\n") if not character.isprintable() and character != "\n"
    ]
    assert "aGk=" in text


def test_a_closed_pipe_is_no_error(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("bulk", *(row(10_000 + n, "x" * 500, service="bulk", offset=n) for n in range(2_000)))
    process = program.start("logs", "--limit", "2000")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(DEADLINE_S) == 0


def test_a_closed_pipe_ends_following_although_nothing_arrives(program: Program) -> None:
    with following(program, "--limit", "1") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        assert process.wait(DEADLINE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_full_disk_under_the_output_is_exit_code_3(program: Program) -> None:
    for arguments in (["logs"], ["--version"], ["env", "list"]):
        with Path("/dev/full").open("wb") as full:
            process = program.start(*arguments, stdout=full)
            _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 3, arguments
        assert err.startswith(b"error: standard output cannot be written: No space left on device\nhint: ")


def test_a_closed_standard_output_is_exit_code_3(program: Program) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *program.command("logs")],
        cwd=program.folder,
        env=program.environment,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.startswith(b"error: standard output is closed\nhint: ")


def test_following_prints_the_newest_and_then_what_arrives(program: Program, empty_store: FilledStore) -> None:
    with following(program, "--service", "weblama", "--limit", "1", "--fields", "message") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"message":"shutting down"}\n'
        empty_store.add("apilama", row(20, "not asked for", service="apilama"))
        empty_store.add("weblama", row(1, "late but new"), row(30, "and more"))
        assert process.stdout.readline() == b'{"message":"late but new"}\n'
        assert process.stdout.readline() == b'{"message":"and more"}\n'
        empty_store.add("weblama", *(row(40 + n, str(n)) for n in range(1_200)))
        assert [process.stdout.readline() for _ in range(1_200)] == [b'{"message":"%d"}\n' % n for n in range(1_200)]


def test_following_can_begin_with_nothing(program: Program, empty_store: FilledStore) -> None:
    with following(program, "--limit", "0", "--fields", "message") as process:
        assert process.stdout is not None
        ready = False
        for attempt in range(200):
            empty_store.add("weblama", row(50 + attempt, f"record {attempt}"))
            ready, _, _ = map(bool, select.select([process.stdout], [], [], 0.1))
            if ready:
                break
        assert ready
        assert process.stdout.readline().startswith(b'{"message":"record ')


def test_fault_9_following_a_store_that_is_gone_says_so(program: Program, empty_store: FilledStore) -> None:
    with following(program, "--fields", "message", "--service", "weblama", "--limit", "1") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"message":"shutting down"}\n'
        empty_store.path.rename(empty_store.path.with_name("moved.db"))
        assert process.wait(DEADLINE_S) == 3
        assert process.stderr is not None
        lines = process.stderr.read().decode().splitlines()
        assert lines[0] == f"error: the store {empty_store.path} was replaced or deleted while it was followed"
        assert lines[1].startswith("hint: ")


@pytest.mark.parametrize("arguments", [["logs", "--follow"], ["logs", "--follow", "--service", "nobody"]])
def test_ctrl_c_while_following_is_exit_code_130_and_nothing_else(program: Program, arguments: list[str]) -> None:
    with on_terminal(program, *arguments) as (process, terminal):
        read_until(
            terminal, lambda data: b"log-collector start" in data and ("nobody" in arguments or b"later" in data)
        )
        os.write(terminal, b"\x03")
        rest = read_until(terminal, lambda _: False)
        assert process.wait(DEADLINE_S) == 130
    assert rest.replace(b"^C", b"").strip() == b""


def test_sigint_in_a_pipe_flushes_what_was_printed(program: Program) -> None:
    with following(program, "--fields", "id") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=DEADLINE_S)
    assert (len(lines), rest, err, process.returncode) == (8, b"", b"", 130)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_the_explorer_refuses_a_terminal_that_cannot_place_text(program: Program, term: str) -> None:
    program.environment["TERM"] = term
    with on_terminal(program) as (process, terminal):
        text = read_until(terminal, lambda _: False).decode()
        assert process.wait(DEADLINE_S) == 2
    assert text.startswith("error: the explorer needs a terminal")
    assert "loglama logs" in text


def test_security_19_secrets_are_shown_on_a_terminal_when_asked_for(program: Program) -> None:
    (program.folder / ".env").write_text("OPENAI_API_KEY=hunter2\n")
    with on_terminal(program, "env", "list", "--show-secrets") as (process, terminal):
        assert b"hunter2" in read_until(terminal, lambda _: False)
        assert process.wait(DEADLINE_S) == 0
    with on_terminal(program, "env", "list") as (process, terminal):
        assert b"hunter2" not in read_until(terminal, lambda _: False)


def test_a_terminal_without_unicode_gets_escapes_instead_of_a_crash(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("weblama", row(9000, "łódź\nzażółć"))
    program.environment |= {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with on_terminal(program, "logs", "--limit", "1") as (process, terminal):
        text = read_until(terminal, lambda _: False)
        assert process.wait(DEADLINE_S) == 0
    assert rb"\u0142\xf3d\u017a" in text
