"""``loglama emit``: log from a shell script."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import LogLamaError, UsageError
from loglama_core.model import LEVEL_NAMES
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.record_filter import read_level
from loglama_tui.cli.shell_candidates import complete_level, complete_service

if TYPE_CHECKING:
    from loglama_core.emit.service_output import ServiceOutput

_DEFAULT_SERVICE = "shell"


@click.command()
@click.argument("arguments", metavar="MESSAGE [KEY=VALUE…]", nargs=-1)
@click.option(
    "--service",
    metavar="S",
    shell_complete=complete_service,
    help="The service that logs.  [default: $LOGLAMA_SERVICE]",
)
@click.option(
    "--level", metavar="L", default="info", shell_complete=complete_level, help=f"One of {', '.join(LEVEL_NAMES)}."
)
@click.option("--stdin", "piped", is_flag=True, help="Log each line that is piped in.")
@global_options()
@pass_invocation
def emit(invocation: Invocation, *, arguments: Sequence[str], service: str | None, level: str, piped: bool) -> int:
    """Log from a shell script: a message, or the lines of a pipe.

    One line of JSON is appended to the service's log file, where the collector finds it. A line of a pipe that is the
    JSON of a record already stays as it is; a time and the service are added if it has none. Many lines of a script
    are logged faster by its shell itself: see `loglama shell-init`.
    """
    if piped and arguments:
        raise UsageError("--stdin takes its messages from the pipe", "leave the message out, or leave --stdin out")
    if not piped and not arguments:
        raise UsageError("there is no message", 'give one: loglama emit "backup done" files=12')
    level = read_level(level)
    output = _open(invocation, service or os.environ.get("LOGLAMA_SERVICE") or _DEFAULT_SERVICE)
    if piped:
        _log_standard_input(output, level)
    else:
        from loglama_core.emit.json_line import LEVELS
        from loglama_core.emit.key_value_arguments import read_arguments

        message, fields = read_arguments(arguments)
        output.write(LEVELS[level], message, None, fields)
        _check(output)
    return ExitCode.OK


def _open(invocation: Invocation, service: str) -> ServiceOutput:
    from loglama_core.config.services import SERVICE_NAME
    from loglama_core.emit.service_output import open_service_output

    if not SERVICE_NAME.fullmatch(service) or service.startswith("."):
        raise UsageError(f"{service!r} is no name for a service", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    return open_service_output(service, log_dir=invocation.settings().log_dir, max_bytes=0, warn=False)


def _check(output: ServiceOutput) -> None:
    if output.file.lost:
        raise LogLamaError(
            f"{output.file.path} cannot be written: {output.file.last_error}",
            "make the folder writable for you, or set LOGLAMA_LOG_DIR to one that is",
        )


def _log_standard_input(output: ServiceOutput, level: str) -> None:
    import sys

    from loglama_core.emit.json_line import LEVELS, LONGEST_LINE

    completed = _record_completer(output.service)
    for raw in iter(lambda: sys.stdin.buffer.readline(LONGEST_LINE // 2), b""):
        line = raw.rstrip(b"\r\n")
        if not line.strip():
            continue
        record = completed(line) if line.lstrip()[:1] == b"{" else None
        if record is None:
            output.write(LEVELS[level], line.decode("utf-8", "backslashreplace"), None, {})
        else:
            output.file.write(record)
        _check(output)


def _record_completer(service: str) -> Callable[[bytes], bytes | None]:
    """Return what makes a record's line of a line of JSON, or ``None`` of one that is no record."""
    import orjson

    from loglama_core.emit.json_line import utc_stamp
    from loglama_core.formats.json_lines import JsonLines
    from loglama_core.formats.timestamps import StampReader

    reader = JsonLines(StampReader(None, time.time_ns()), lambda _text: None)

    def completed(line: bytes) -> bytes | None:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        parsed = reader.interpret_if_evident(record) if isinstance(record, dict) else None
        if parsed is None:
            return None
        missing = {}
        if parsed[0] is None:
            missing["timestamp"] = utc_stamp(time.time_ns())
        if parsed[2] is None:
            missing["component"] = service
        line = line.strip()
        return (orjson.dumps(missing)[:-1] + b"," + line[1:] if missing else line) + b"\n"

    return completed
