"""The one place where errors become exit codes and the two lines a person reads."""

from __future__ import annotations

from enum import IntEnum

import click

from loglama_core.errors import LogLamaError, QueryCancelledError, QueryError, UsageError


class ExitCode(IntEnum):
    """What scripts can rely on."""

    OK = 0
    NOTHING = 1
    """The answer is "nothing" or "not healthy": no record matched, a source failed, the collector is not running."""
    USAGE = 2
    FAILED = 3
    """It could not be done: store locked, unreadable, disk full …"""
    INTERRUPTED = 130


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the exit code an error leads to; an error nobody foresaw is ``FAILED``."""
    if isinstance(error, KeyboardInterrupt | QueryCancelledError | click.Abort):
        return ExitCode.INTERRUPTED
    if isinstance(error.__cause__, KeyboardInterrupt):  # Python 3.11 wraps what interrupts the making of a class
        return ExitCode.INTERRUPTED
    if isinstance(error, UsageError | click.UsageError):
        return ExitCode.USAGE
    return ExitCode.FAILED


def explain(error: Exception) -> tuple[str, str]:
    """Return what is wrong and what to do, one line each (the hint may be empty)."""
    if isinstance(error, QueryError):
        return f"query, column {error.column + 1}: {error.message}", error.hint
    if isinstance(error, LogLamaError):
        return error.message, error.hint
    if isinstance(error, click.ClickException):
        return _explain_click_error(error)
    if isinstance(error, OSError):
        subject = f"{error.filename}: " if error.filename else ""
        return f"{subject}{error.strerror or error}", "mend that and try again; --debug shows where it happened"
    return f"internal error: {type(error).__name__}: {error}", "run it again with --debug and report what it prints"


def _explain_click_error(error: click.ClickException) -> tuple[str, str]:
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"run `{context.command_path} --help`" if context is not None else ""
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        message = f"no such option {error.option_name}"
        if error.possibilities:
            hint = f"did you mean {' or '.join(error.possibilities)}?"
        elif context is not None and any(parameter.name == "query" for parameter in context.command.params):
            hint = f"to leave records out, write it after --: `{context.command_path} -- -word`, or as `NOT word`"
    return message[:1].lower() + message[1:].rstrip("."), hint
