from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import click
import pytest

from loglama_tui.cli.program import Program as Commands
from tests.cli.conftest import REPOSITORY, Program

HEAVY = ("textual", "sqlite_utils", "structlog", "rich", "lark", "watchdog", "dotenv", "tomllib", "asyncio", "psutil")
NEVER_FOR_HELP = (*HEAVY, "sqlite3", "orjson", "json", "importlib.metadata", "loglama_core.config.settings")
NEVER_FOR_LOGS = (*HEAVY, "importlib.metadata")


def imported_by(program: Program, *arguments: str) -> set[str]:
    """Run the program and return the names of all modules it had loaded at its end."""
    script = (
        "import sys, loglama_tui.cli.program as p; sys.stdout = open('/dev/null', 'w'); code = p.run(sys.argv[1:]);"
        "sys.__stdout__.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    return set(done.stdout.splitlines())


def test_help_imports_no_command_and_nothing_heavy(program: Program) -> None:
    modules = imported_by(program, "--help")
    assert modules.isdisjoint(NEVER_FOR_HELP)
    assert not [name for name in modules if name.startswith("loglama_tui.cli.commands.")]


@pytest.mark.usefixtures("store")
def test_printing_logs_imports_nothing_heavy(program: Program) -> None:
    modules = imported_by(program, "logs", "--service", "weblama", "--level", "info", "--limit", "5")
    assert modules.isdisjoint(NEVER_FOR_LOGS)
    assert "loglama_core.store.sqlite_reader" in modules
    assert "loglama_core.store.writer" not in modules


def test_importing_the_package_imports_nothing() -> None:
    script = "import sys; import loglama_tui.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    modules = done.stdout.split()
    assert "click" not in modules
    assert [name for name in modules if name.startswith("loglama")] == ["loglama_tui", "loglama_tui.cli"]


@pytest.mark.parametrize("name", sorted(Commands.table))
def test_the_short_help_in_the_table_is_the_commands_own(name: str) -> None:
    entry = Commands.table[name]
    command = getattr(import_module(entry.module), entry.attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert (command.help or "").splitlines()[0] == entry.short_help


@pytest.mark.parametrize("name", sorted(Commands.table))
def test_every_command_has_help(program: Program, name: str) -> None:
    result = program.run(name, "--help")
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith(f"Usage: loglama {name}")


def test_the_version_is_printed(program: Program) -> None:
    result = program.run("--version")
    assert result.code == 0
    assert result.out.startswith("loglama ")
