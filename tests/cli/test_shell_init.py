"""Logging from shells: whatever a text holds, it is logged as it is and nothing in it is run."""

from __future__ import annotations

import json
import shutil
import signal
import stat
import subprocess
import time
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.core.emit.collecting import collected

SHELLS = {
    "bash": ("bash", ["bash"]),
    "bash, posix": ("bash", ["bash", "--posix"]),
    "bash as sh": ("sh", ["bash", "--posix"]),
    "zsh": ("zsh", ["zsh", "-f"]),
    "dash": ("sh", ["dash"]),
    "busybox": ("sh", ["busybox", "sh"]),
}
"""Name -> (what ``shell-init`` is asked for, the program)."""

TEXTS = [
    "plain",
    "",
    " ",
    "  two  blanks  ",
    "$(touch pwned) `touch pwned` $((1/0)) ${IFS} $HOME $0 $@",
    "'; touch pwned; '",
    '"; touch pwned; "',
    '"}\n{"timestamp":"2026-11-01T00:00:00Z","level":"critical","message":"forged"}',
    '","level":"critical","x":"',
    "back\\slash \\n \\u0041 \\\\ \\",
    "line\nline\r\nline\ttab\n\n",
    "\x1b[31mred\x1b]0;title\x07 \x01\x02\x1f\x7f",
    "%s %n %d %% %(%s)T",
    "* ? [a-z] {a,b} ~ !! !$ # ^",
    "& && | || ; > pwned < /etc/passwd",
    "-n -e -- -",
    "zażółć gęślą jaźń 日本語 🦙 \u2028 \u202e \ufeff",
    "a=b c=d",
    "=",
    "=value",
    "key=",
    "\\&\\0\\1 & \\\\&",
    "x" * 6000 + '"\n',
    "\\" * 50 + '"' * 50,
    "/api/v1?a=1&b=2",
    "ends with a backslash\\",
    "~root",
    "$'\\x41'",
    "\u0080\u009b31m C1",
]
"""The corpus. What a shell cannot hold in an argument (NUL) is left out."""

HOSTILE_SETTINGS = {
    "bash": "set -eufC -o pipefail; IFS=xyz/; shopt -s nocasematch extglob; unset TZ; BASH_REMATCH=1;"
    "printf() { echo pwned >pwned; }; date() { echo pwned >pwned; }; alias local=false; LC_ALL=C.UTF-8",
    "zsh": "set -eufC -o pipefail; IFS=xyz/; setopt KSH_ARRAYS SH_WORD_SPLIT GLOB_SUBST; LC_ALL=C.UTF-8;"
    "printf() { echo pwned >pwned }; date() { echo pwned >pwned }",
    "sh": "set -eufC; IFS=xyz/; printf() { echo pwned >pwned; }; date() { echo pwned >pwned; }",
}


def missing(shell: str) -> bool:
    return shutil.which(SHELLS[shell][1][0]) is None


def script_for(program: Program, shell: str, body: str, *, before: str = "") -> list[str]:
    """Write ``body`` as a script that begins as the documentation says; return how it is called."""
    kind, command = SHELLS[shell]
    functions = program.run("shell-init", kind)
    assert functions.code == 0, functions.err
    (program.folder / "functions").write_text(functions.out)
    script = program.folder / "backup.sh"
    script.write_text(f'eval "$(cat functions)"\n{before}\n{body}\n')
    return [*command, str(script)]


def run(program: Program, command: list[str], *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [*command, *arguments],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    return done.stderr.decode()


def lines_of(program: Program, service: str = "backup") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (program.folder / "logs" / f"{service}.log").read_bytes().splitlines()]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    if missing(request.param):
        pytest.skip(f"NOT PROVEN: {request.param} is not installed here")
    return str(request.param)


@pytest.mark.parametrize("settings", ["ordinary", "hostile"])
def test_every_text_is_logged_as_it_is_and_nothing_in_it_is_run(program: Program, shell: str, settings: str) -> None:
    before = HOSTILE_SETTINGS[SHELLS[shell][0]] if settings == "hostile" else ""
    body = 'for text in "$@"; do log_info "$text" "field=$text" n=7; log_error "$text"; done'
    command = script_for(program, shell, body, before=before)
    stderr = run(program, command, *TEXTS)
    assert stderr == ""
    assert {path.name for path in program.folder.iterdir()} == {"logs", "functions", "backup.sh"}
    records = collected(program.folder)
    messages = [record for record in records if record.level == "info"]
    assert [record.message for record in messages] == TEXTS
    assert [record.message for record in records if record.level == "error"] == TEXTS
    assert [record.fields for record in messages] == [{"field": text, "n": 7} for text in TEXTS]
    assert {(record.service, record.flags & ~8) for record in records} == {("backup", 0)}


def test_pairs_numbers_and_words(program: Program, shell: str) -> None:
    body = """
log_warning "copied" n=3 size=-1.5 zero=0 code=007 version=1.10 big=12345678901234567 e=1e5 dot=. x=.5 y=5. empty= z=-0
log_info "a=b is the message" and more words "with blanks" "http://x/?y=1" 1x=2 a.b-c_d=e
log_info "twice" a=1 a=2 level=x timestamp=y message=z component=w logger=v
log_debug
log_critical ""
"""
    before = time.time_ns()
    run(program, script_for(program, shell, body))
    copied, words, twice, nothing, empty = lines_of(program)
    assert {key: copied[key] for key in list(copied)[4:]} == {
        "n": 3, "size": -1.5, "zero": 0, "code": "007", "version": "1.10", "big": "12345678901234567", "e": "1e5",
        "dot": ".", "x": ".5", "y": "5.", "empty": "", "z": 0,
    }  # fmt: skip
    assert words["message"] == "a=b is the message and more words with blanks http://x/?y=1 1x=2"
    assert words["a.b-c_d"] == "e"
    assert {key: twice[key] for key in list(twice)[4:]} == {
        "a": 1, "a_": 2, "level_": "x", "timestamp_": "y", "message_": "z", "component_": "w", "logger": "v",
    }  # fmt: skip
    assert [(line["level"], line["message"]) for line in (nothing, empty)] == [("debug", ""), ("critical", "")]
    for record in collected(program.folder):
        assert abs(record.time_ns - before) < 60_000_000_000
        assert not record.flags & 1, "no time of its own"


def test_a_line_says_the_same_as_the_command_of_the_same_name(program: Program, shell: str) -> None:
    arguments = ["done", "n=3", "v=1.10", "w=-2.5", "word", "level=x", "a=1", "a=2", 'q="']
    run(program, script_for(program, shell, 'log_info "$@"'), *arguments)
    assert program.run("emit", *arguments, "--service", "backup").code == 0
    by_shell, by_command = lines_of(program)
    del by_shell["timestamp"], by_command["timestamp"], by_command["logger"]
    assert by_shell == by_command


def test_the_service_and_the_folder_are_those_that_are_set(program: Program, shell: str) -> None:
    """Security 21: a service's name never leads out of the folder."""
    body = """
LOGLAMA_SERVICE=shop; log_info one
LOGLAMA_SERVICE='../../x y'; log_info two
LOGLAMA_SERVICE='..'; log_info three
LOGLAMA_LOG_DIR="$PWD/else where/"; LOGLAMA_SERVICE=shop; log_info four
"""
    assert run(program, script_for(program, shell, body)) == ""
    files = {str(path.relative_to(program.folder)) for path in program.folder.rglob("*.log")}
    assert files == {"logs/shop.log", "logs/_._.._x_y.log", "logs/_..log", "else where/shop.log"}
    assert lines_of(program, "_._.._x_y")[0]["component"] == "../../x y"
    assert stat.S_IMODE((program.folder / "logs" / "shop.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((program.folder / "else where").stat().st_mode) == 0o700


def test_settings_of_the_project_name_the_folder_safely(program: Program, shell: str) -> None:
    (program.folder / ".env").write_text("LOGLAMA_LOG_DIR='it is $(touch pwned) `x`'\n")
    run(program, script_for(program, shell, "log_info one"))
    assert (program.folder / "it is $(touch pwned) `x`" / "backup.log").exists()
    assert not (program.folder / "pwned").exists()


@pytest.mark.parametrize("obstacle", ["touch logs", "mkdir -p logs; mkfifo logs/backup.log", "mkdir -p logs/backup.log",
    "mkdir -p logs; ln -s /etc/hostname logs/backup.log"])  # fmt: skip
def test_a_log_that_cannot_be_written_is_told_once_and_ends_no_script(
    program: Program, shell: str, obstacle: str
) -> None:
    body = f"set -eu\n{obstacle}\nlog_info one\nlog_info two && touch went-on"
    stderr = run(program, script_for(program, shell, body))
    assert stderr == "loglama: backup.log in logs cannot be written; records are lost\n"
    assert (program.folder / "went-on").exists()


def test_many_scripts_at_once_write_whole_lines(program: Program, shell: str) -> None:
    body = """
i=0; while [ $i -lt 40 ]; do log_info "line of $1" i=$i "long=$2"; log_info short who=$1 i=$i; i=$((i+1)); done
"""
    command = script_for(program, shell, body)
    scripts = [
        subprocess.Popen([*command, str(number), "x" * 9_000], cwd=program.folder, env=program.environment)
        for number in range(4)
    ]
    assert [script.wait(60) for script in scripts] == [0] * 4
    lines = lines_of(program)
    assert len(lines) == 4 * 80
    assert all(line["long"] == "x" * 9_000 for line in lines if "long" in line)


def test_a_killed_script_has_lost_at_most_the_line_it_was_at(program: Program, shell: str) -> None:
    body = 'i=0; while :; do log_info "line" "i=$i"; echo $i; i=$((i+1)); done'
    command = script_for(program, shell, body)
    with subprocess.Popen(command, cwd=program.folder, env=program.environment, stdout=subprocess.PIPE) as script:
        assert script.stdout is not None
        told = [script.stdout.readline() for _ in range(30)]
        script.send_signal(signal.SIGKILL)
        told += script.stdout.readlines()
    last = max(int(number) for number in told if number.endswith(b"\n"))
    numbers = [line["i"] for line in lines_of(program)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) - 1 in {last, last + 1}


def test_readme_and_help_name_the_functions(program: Program) -> None:
    assert "log_info" in program.run("shell-init", "--help").out
    refused = program.run("shell-init", "fish")
    assert refused.code == 2
    assert "'bash', 'zsh', 'sh'" in refused.err
