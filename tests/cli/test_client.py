from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import loglama_core.emit
from tests.cli.conftest import Program

CLIENTS = Path(loglama_core.emit.__file__).parent / "clients"
NAMES = {"js": "loglama.js", "php": "loglama.php", "ruby": "loglama.rb", "go": "loglama.go"}


@pytest.mark.parametrize("language", NAMES)
def test_the_file_is_printed_or_copied_as_it_is(program: Program, language: str) -> None:
    text = (CLIENTS / NAMES[language]).read_text("utf-8")
    printed = program.run("client", language)
    assert (printed.code, printed.out, printed.err) == (0, text, "")
    copied = program.run("client", language, "--to", "src/")
    assert (copied.code, copied.out) == (0, "")
    assert copied.err == f"wrote src/{NAMES[language]}\n"
    assert (program.folder / "src" / NAMES[language]).read_text("utf-8") == text


def test_a_file_of_somebody_else_is_replaced_only_by_force(program: Program) -> None:
    target = program.folder / "log.js"
    target.write_text("mine")
    refused = program.run("client", "js", "--to", "log.js")
    assert (refused.code, target.read_text()) == (2, "mine")
    assert refused.err.splitlines() == ["error: log.js is there and differs", "hint: look at it; --force replaces it"]
    assert program.run("client", "js", "--to", "log.js", "--force").code == 0
    assert program.run("client", "js", "--to", "log.js").err == "log.js is there already, and the same\n"


def test_a_link_is_not_written_through(program: Program) -> None:
    (program.folder / "victim").write_text("mine")
    (program.folder / "log.js").symlink_to("victim")
    assert program.run("client", "js", "--to", "log.js", "--force").code == 2
    assert (program.folder / "victim").read_text() == "mine"


def test_an_unknown_language_is_told_which_there_are(program: Program) -> None:
    refused = program.run("client", "cobol")
    assert refused.code == 2
    assert "'js', 'php', 'ruby', 'go'" in refused.err


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["node", "--check"], "loglama.js"),
        (["php", "-l"], "loglama.php"),
        (["ruby", "-wc"], "loglama.rb"),
        (["gofmt", "-l"], "loglama.go"),
    ],
)
def test_the_files_please_their_own_checkers(tmp_path: Path, command: list[str], name: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"NOT PROVEN: {command[0]} is not installed here")
    copy = tmp_path / name.replace(".js", ".mjs")
    shutil.copy(CLIENTS / name, copy)
    done = subprocess.run([*command, str(copy)], capture_output=True, text=True, check=True)
    if command[0] == "gofmt":
        assert done.stdout == ""
