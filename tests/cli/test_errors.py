from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
import pytest

from loglama_core.errors import (
    CollectorError,
    ConfigError,
    QueryCancelledError,
    QueryError,
    StoreBusyError,
    StoreError,
    TerminalError,
    UsageError,
)
from loglama_tui.cli.exit_codes import exit_code_of, explain
from tests.cli.conftest import FilledStore, Program


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (ConfigError("x"), 2),
        (QueryError("x"), 2),
        (TerminalError("x"), 2),
        (click.UsageError("x"), 2),
        (click.BadParameter("x"), 2),
        (StoreError("x"), 3),
        (StoreBusyError("x"), 3),
        (CollectorError("x"), 3),
        (OSError(28, "No space left on device"), 3),
        (ZeroDivisionError(), 3),
        (KeyboardInterrupt(), 130),
        (QueryCancelledError("x"), 130),
    ],
)
def test_each_error_has_one_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(error) == code


def test_an_interrupted_import_is_an_interruption() -> None:
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert exit_code_of(wrapped) == 130


def test_a_query_error_names_its_column_from_one() -> None:
    assert explain(QueryError("a value is missing", "write one", column=6)) == (
        "query, column 7: a value is missing",
        "write one",
    )


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["lgos"], "no such command 'lgos'", "did you mean 'logs'?"),
        (["log-collector", "strat"], "no such command 'strat'", "did you mean 'start'?"),
        (["log-collector"], "missing command", "run `loglama log-collector --help`"),
        (["logs", "--limt", "5"], "no such option --limt", "did you mean --limit?"),
        (["logs", "-healthcheck"], "no such option -e", "to leave records out, write it after --"),
        (["logs", "--limit", "-1"], "invalid value for '--limit'", "run `loglama logs --help`"),
        (["logs", "--limit", "x"], "invalid value for '--limit'", "run `loglama logs --help`"),
        (["logs", "-C", "-3"], "invalid value for '-C'", "run `loglama logs --help`"),
        (["logs", "--order", "random"], "invalid value for '--order'", "run `loglama logs --help`"),
        (["logs", "--format", "xml"], "invalid value for '--format'", "run `loglama logs --help`"),
        (["logs", "--level", "loud"], "unknown level 'loud'", "give one of trace, debug, info, warning"),
        (["logs", "--service", "a,,b"], "--service 'a,,b' holds an empty name", "--service A,B"),
        (["stats", "--by", "\udcff"], r"--by '\udcff' is not valid text", "UTF-8"),
        (["logs", "--since", "2026-11-02", "--until", "2026-11-01"], "--since '2026-11-02' is later than", "swap them"),
        (["logs", "--since", "soonish"], "--since", ""),
        (["logs", "level:"], "query, column ", ""),
        (["logs", "--follow", "--count"], "--count cannot be combined with --follow", "leave out"),
        (["logs", "--fields", "a", "--format", "raw"], "--format raw prints messages only", "--format csv"),
        (["show", "0"], "invalid value for 'ID'", "run `loglama show --help`"),
        (["show", "-1"], "no such option -1", ""),
        (["show", "1", "--raw", "--format", "csv"], "--raw and --format csv contradict", "one of them"),
        (["stats", "--every", "never"], "--every", ""),
        (["stats", "--every", "1ms"], "--every", "30s, 1m, 2h, 1d"),
        (["stats", "--plot", "--format", "csv"], "--plot draws", "give one of them"),
        (["--config", "absent.toml", "logs"], "--config 'absent.toml'", "a file that is there"),
        (["--color", "loud", "logs"], "invalid value for '--color'", "run `loglama --help`"),
        (["completion", "tcsh"], "invalid value for '{bash|zsh|fish}'", "run `loglama completion --help`"),
        (["demo", "--headless", "--seconds", "-1"], "invalid value for '--seconds'", "run `loglama demo --help`"),
        (
            ["log-collector", "start", "--interval", "soon"],
            "COLLECT_INTERVAL is 'soon' (flag --interval)",
            "1 to 86400",
        ),
        ([], "the explorer needs a terminal", "print the records instead: `loglama logs`"),
        (["tui"], "the explorer needs a terminal", "print the records instead: `loglama logs`"),
        (["demo"], "the explorer needs a terminal", "print the records instead: `loglama logs`"),
    ],
)
@pytest.mark.usefixtures("store")
def test_a_wrong_request_is_two_lines_and_exit_code_2(
    program: Program, arguments: list[str], error: str, hint: str
) -> None:
    result = program.run(*arguments)
    lines = result.err.splitlines()
    assert (result.code, result.out, len(lines)) == (2, "", 2), result.err
    assert lines[0].startswith(f"error: {error}")
    assert lines[1].startswith("hint: ")
    assert hint in lines[1]


def test_a_bad_setting_is_told_with_its_place(program: Program) -> None:
    (program.folder / ".env").write_text("LOGLAMA_MAX_MESSAGE_LENGTH=lots\n")
    result = program.run("logs")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"error: LOGLAMA_MAX_MESSAGE_LENGTH is 'lots' ({program.folder}/.env line 1), which is not accepted\n"
        "hint: give a whole number of characters from 1 to 10000000\n"
    )


@pytest.mark.parametrize("command", [["logs"], ["show", "1"], ["stats"], ["logs", "--count"], ["logs", "--follow"]])
def test_without_a_store_a_hint_says_what_makes_one(program: Program, command: list[str]) -> None:
    result = program.run(*command)
    assert (result.code, result.out) == (3, "")
    assert "collect-logs" in result.err.splitlines()[1]
    assert not (program.folder / "logs").exists()


def test_a_file_that_is_no_store_is_left_untouched(program: Program) -> None:
    path = program.folder / "notes.db"
    path.write_bytes(b"my notes, not a database" * 100)
    result = program.run("--db", "notes.db", "logs")
    assert (result.code, result.out) == (3, "")
    assert "notes.db" in result.err
    assert path.read_bytes() == b"my notes, not a database" * 100
    assert list(program.folder.iterdir()) == [path]


def test_a_store_that_may_not_be_read_is_exit_code_3(program: Program, empty_store: FilledStore) -> None:
    empty_store.close()
    empty_store.path.chmod(0o000)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*drop, *program.command("--db", str(empty_store.path), "logs")],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: the store {empty_store.path} cannot be read: Permission denied\nhint: ")


def test_a_traceback_is_shown_with_debug_only(program: Program) -> None:
    for arguments in (["--debug", "logs"], ["logs", "--debug"]):
        result = program.run(*arguments)
        assert result.code == 3
        assert "Traceback" in result.err
        assert result.err.splitlines()[-2].startswith("error: ")
    assert "Traceback" not in program.run("logs").err


def test_security_01_an_error_never_carries_escape_sequences(program: Program) -> None:
    result = program.run("logs", "--level", "\x1b]0;owned\x07\x9b2J")
    assert result.code == 2
    assert result.err.isprintable() or {c for c in result.err if not c.isprintable()} == {"\n"}
    result = program.run("--db", "\x1b[2J.db", "logs")
    assert "\x1b" not in result.err


def test_a_missing_current_folder_is_an_error_not_a_crash(program: Program, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(gone), *program.command("logs")],
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: the current folder no longer exists\nhint: ")


def test_global_options_stand_before_or_after_the_command(program: Program, empty_store: FilledStore) -> None:
    empty_store.close()
    other = empty_store.path.rename(program.folder / "other.db")
    for arguments in (["--db", str(other), "logs", "--count"], ["logs", "--count", "--db", str(other)]):
        result = program.run(*arguments)
        assert (result.code, result.out, result.err) == (1, "0\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["logs", "--limit", "-1"],
        ["logs", "-C", "-3"],
        ["logs", "--since", "2h", "--until", "5h"],
        ["logs", "id:-5"],
        ["logs", f"id:1{'0' * 30}"],
        ["logs", " OR ".join(f"t{number}" for number in range(10_000))],
        ["logs", f"{'(' * 5_000}a{')' * 5_000}"],
        ["show", "9" * 40],
        ["stats", "--every", "0s"],
        ["patterns", "--limit", "-1"],
        ["sql", "SELECT 1", "--limit", "-5"],
        ["prune", "--max-size", "1e400"],
    ],
    ids=lambda arguments: " ".join(arguments)[:30],
)
def test_security_14_numbers_windows_and_lengths_without_sense_are_refused(
    program: Program, store: FilledStore, arguments: list[str]
) -> None:
    result = program.run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert [line.split(":")[0] for line in result.err.splitlines()] == ["error", "hint"]


@pytest.mark.parametrize("query", ["%", "_", "%_%", "*[a-z]*", "{0.__class__}", f"status>1{'0' * 400}", "status:1e999"])
def test_security_14_16_wildcards_of_sql_and_braces_are_text_and_huge_numbers_are_compared(
    program: Program, store: FilledStore, query: str
) -> None:
    result = program.run("logs", query)
    assert (result.code, result.out, result.err) == (1, "", "")


def test_security_26_27_there_is_no_server_to_attack(program: Program) -> None:
    """Neither a web server nor an intake is built: both would have to be asked for by a command."""
    for name in ("serve", "web", "intake", "listen"):
        result = program.run(name)
        assert result.code == 2
        assert f"no such command '{name}'" in result.err
