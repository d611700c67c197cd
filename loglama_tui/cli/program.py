"""The program: the table of its commands, its global options, and the edge where every error ends."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode, exit_code_of, explain
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.lazy_group import LazyCommand, LazyGroup

_COMPLETE_VARIABLE = "_LOGLAMA_COMPLETE"
_COMMANDS = "loglama_tui.cli.commands"


class Program(LazyGroup):
    """All commands of LogLama."""

    table = {
        "tui": LazyCommand(f"{_COMMANDS}.tui", "tui", "Open the explorer (the same as no command)."),
        "demo": LazyCommand(f"{_COMMANDS}.demo", "demo", "Try everything on a made-up, lively ecosystem."),
        "logs": LazyCommand(f"{_COMMANDS}.logs", "logs", "Print records, the newest that match."),
        "show": LazyCommand(f"{_COMMANDS}.show", "show", "Print one record whole."),
        "stats": LazyCommand(f"{_COMMANDS}.stats", "stats", "Count records, by group and over time."),
        "patterns": LazyCommand(f"{_COMMANDS}.patterns", "patterns", "Group alike messages."),
        "export": LazyCommand(f"{_COMMANDS}.export", "export", "Write records into a file, the oldest first."),
        "sql": LazyCommand(f"{_COMMANDS}.sql", "sql", "Read the store with SQL."),
        "collect-logs": LazyCommand(f"{_COMMANDS}.collect_logs", "collect_logs", "Collect all logs once, now."),
        "import": LazyCommand(f"{_COMMANDS}.import_", "import_", "Import files, folders, archives, databases, a pipe."),
        "log-collector": LazyCommand(f"{_COMMANDS}.log_collector", "log_collector", "Run the background collector."),
        "init": LazyCommand(
            f"{_COMMANDS}.init", "init", "Propose a loglama.toml and .env from what is found in this folder."
        ),
        "status": LazyCommand(f"{_COMMANDS}.status", "status", "Show how every service is: process, health, logs."),
        "services": LazyCommand(
            f"{_COMMANDS}.services", "services", "List the services, or show one of them up close."
        ),
        "up": LazyCommand(
            f"{_COMMANDS}.up", "up", "Start services in dependency order, each once those before it are well."
        ),
        "down": LazyCommand(f"{_COMMANDS}.up", "down", "Stop services, what depends on them first."),
        "restart": LazyCommand(f"{_COMMANDS}.up", "restart", "Stop services and start them again."),
        "deps": LazyCommand(f"{_COMMANDS}.deps", "deps", "Check and install what services require."),
        "emit": LazyCommand(f"{_COMMANDS}.emit", "emit", "Log from a shell script: a message, or the lines of a pipe."),
        "shell-init": LazyCommand(
            f"{_COMMANDS}.shell_init", "shell_init", "Print functions that log from a shell: log_info and more."
        ),
        "client": LazyCommand(f"{_COMMANDS}.client", "client", "Print or copy the file that other languages log with."),
        "integrate": LazyCommand(
            f"{_COMMANDS}.integrate", "integrate", "Show or make what a project needs to log into LogLama."
        ),
        "prune": LazyCommand(f"{_COMMANDS}.prune", "prune", "Delete the oldest records."),
        "backup": LazyCommand(f"{_COMMANDS}.backup", "backup", "Copy the store while it is in use."),
        "check": LazyCommand(f"{_COMMANDS}.check", "check", "Verify the store, and mend its search index."),
        "formats": LazyCommand(
            f"{_COMMANDS}.formats", "formats", "See the known formats, and what a file would be read as."
        ),
        "env": LazyCommand(f"{_COMMANDS}.env", "env", "See and change settings and the shared .env."),
        "diagnose": LazyCommand(
            f"{_COMMANDS}.diagnose", "diagnose", "Check everything LogLama needs, and mend what it can."
        ),
        "completion": LazyCommand(f"{_COMMANDS}.completion", "completion", "Print a script that completes commands."),
    }


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if not value or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("loglama")
    except PackageNotFoundError:
        installed = "(not installed)"
    standard_output.write(f"loglama {installed}\n")
    context.exit()


@click.command(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The global options may also stand after the command. The alias `pylama` is the same program.",
)
@global_options(hidden=False)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@pass_invocation
@click.pass_context
def loglama(context: click.Context, invocation: Invocation) -> int | None:
    """Collect the logs of all services exactly once, and explore them.

    Without a command the explorer opens.
    """
    if context.invoked_subcommand is not None:
        return None
    from loglama_tui.cli.commands.tui import open_explorer

    return open_explorer(invocation, tab=None, query="", collect=True)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no exception leaves but those of leaving the interpreter."""
    try:
        code = _invoke(list(arguments))
        standard_output.flush()
    except BrokenPipeError:
        # `| head` has seen enough: that is no error of this program.
        standard_output.abandon()
        return ExitCode.OK
    except KeyboardInterrupt as interruption:
        _flush_or_abandon()
        return exit_code_of(interruption)
    except Exception as error:  # noqa: BLE001 - the outermost edge: a person gets two lines, --debug the traceback
        _flush_or_abandon()
        code = exit_code_of(error)
        if code != ExitCode.INTERRUPTED or "--debug" in arguments:
            _report(error, debug="--debug" in arguments)
    return code


def _invoke(arguments: list[str]) -> int:
    instruction = os.environ.get(_COMPLETE_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(loglama, {}, "loglama", _COMPLETE_VARIABLE, instruction)
    try:
        with loglama.make_context("loglama", arguments) as context:
            return int(loglama.invoke(context) or ExitCode.OK)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def _flush_or_abandon() -> None:
    """Let out what was written before the error, as far as anybody takes it."""
    try:
        standard_output.flush()
    except Exception:  # noqa: BLE001 - the first error is the one to report
        standard_output.abandon()


def _report(error: Exception, *, debug: bool) -> None:
    if debug:
        from traceback import format_exception

        standard_error.traceback("".join(format_exception(error)))
    standard_error.error(*explain(error))
