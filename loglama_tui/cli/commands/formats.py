"""``loglama formats``: which formats there are, and what a file would be read as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglama_core.errors import SourceError
from loglama_core.model import LogRecord, level_name
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column, format_rows
from loglama_tui.cli.row_output import write_rows
from loglama_tui.display_safe import display_safe

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.formats.survey import FormatSurvey

_COLUMNS = (Column("name", "NAME"), Column("family", "FAMILY"), Column("time", "TIME"), Column("from", "FROM"))
_SURVEYED_BYTES = 1 << 20
_HEAD_BYTES = 1024
_SAMPLE = 5
_RUNNERS_UP = 4


@click.group(cls=OrderedGroup, no_args_is_help=False)
@global_options()
def formats() -> None:
    """See the known formats, and what a file would be read as."""


@formats.command("list")
@format_option
@global_options()
@pass_invocation
def list_(invocation: Invocation, *, output_format: str | None) -> int:
    """List every format; mistakes in formats of your own go to standard error. Exit code 1: there are some."""
    from loglama_core.formats.catalog import mistakes, text_formats

    settings = _use_own_formats(invocation)
    rows: list[dict[str, object]] = [
        {"name": "json", "family": "json", "time": None, "from": "built in"},
        {"name": "logfmt", "family": "logfmt", "time": None, "from": "built in"},
    ]
    rows += [
        {
            "name": each.name,
            "family": each.family,
            "time": each.time,
            "from": str(settings.formats_dir) if each.is_own else "built in",
        }
        for each in text_formats()
    ]
    write_rows(invocation, rows, _COLUMNS, output_format)
    for mistake in mistakes():
        standard_error.warning(str(mistake))
    return ExitCode.NOTHING if mistakes() else ExitCode.OK


@formats.command("test")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "format_name", metavar="F", help="Read it in this format instead of finding one.")
@format_option
@global_options()
@pass_invocation
def test(invocation: Invocation, *, file: Path, format_name: str | None, output_format: str | None) -> int:
    """Show what FILE would be read as and why, with the first records of it. Exit code 1: as nothing known.

    Reads the first mebibyte, and stores nothing.
    """
    from loglama_core.formats.survey import survey

    settings = _use_own_formats(invocation)
    if format_name is not None:
        from loglama_core.collector.import_files import check_format

        check_format(format_name)
    data, modified_ns = _beginning(file)
    found = survey(
        data,
        service=file.name.partition(".")[0] or "file",
        format_name=format_name,
        zone=None,
        max_message=settings.max_message_length,
        modified_ns=modified_ns,
    )
    if chosen_format(output_format) == "pretty":
        standard_output.write(_report(file, found, color=invocation.use_color()))
    else:
        _write_rows(file, found, chosen_format(output_format))
    from loglama_core.formats.catalog import mistakes

    for mistake in mistakes():
        standard_error.warning(str(mistake))
    return ExitCode.OK if found.format_name is not None else ExitCode.NOTHING


def _use_own_formats(invocation: Invocation) -> Settings:
    from loglama_core.formats.own_folder import use_folder

    settings = invocation.settings()
    use_folder(settings.formats_dir)
    return settings


def _beginning(file: Path) -> tuple[bytes, int]:
    """Return the first lines of a file, compressed or not, and when it was last written. Raises ``SourceError``."""
    from loglama_core.collector.given_files import kind_of
    from loglama_core.model import SourceKind
    from loglama_core.sources.compressed_file import file_type
    from loglama_core.sources.log_file import LogFile

    path = str(file)
    opened = LogFile.open(path)
    try:
        kind = kind_of(path, opened.read(_HEAD_BYTES, 0))
    finally:
        opened.close()
    if kind == SourceKind.SQLITE:
        msg = f"{path} is a database: its columns say what they hold"
        raise SourceError(msg, "loglama import reads it")
    opened = file_type(kind).open(path)
    try:
        data = opened.read(_SURVEYED_BYTES, 0)
        modified_ns = opened.status().st_mtime_ns
    finally:
        opened.close()
    if len(data) == _SURVEYED_BYTES:
        data = data[: data.rfind(b"\n") + 1] or data
    return data, modified_ns


def _summary(file: Path, found: FormatSurvey) -> dict[str, object]:
    return {
        "file": str(file),
        "format": found.format_name,
        "lines": found.lines,
        "records": len(found.rows),
        "multi_line": found.multi_line,
        "without_time": found.without_time,
        "without_format": found.without_format,
        "judged_lines": found.judged,
        "fitting": dict(found.fitting),
    }


def _write_rows(file: Path, found: FormatSurvey, name: str) -> None:
    summary = _summary(file, found)
    sample = [_record(file, number, row) for number, row in enumerate(found.rows[:_SAMPLE], start=1)]
    if name == "jsonl":
        from loglama_core.export.record_json import record_as_json

        summary["sample"] = [record_as_json(record) for record in sample]
    columns = [Column(key, key.upper()) for key in summary]
    standard_output.write(format_rows([summary], columns, name, terminal=standard_output.is_terminal()))


def _record(file: Path, number: int, row: tuple[object, ...]) -> LogRecord:
    import orjson

    time_ns, severity, service, logger, message, fields, offset, flags, _ = row
    assert isinstance(fields, str | None)  # noqa: S101 - of a record row
    stored = orjson.loads(fields) if fields else {}
    return LogRecord(number, time_ns, severity, service, logger, message, stored, str(file), offset, flags)  # type: ignore[arg-type]


def _report(file: Path, found: FormatSurvey, *, color: bool) -> str:
    from loglama_tui.cli.record_format import RecordFormat

    name = found.format_name
    reads = dict(found.fitting).get(name or "", 0)
    lines = [f"{display_safe(str(file))} is read as {name or 'plain lines: no known format fits'}"]
    if name is not None:
        lines.append(f"  because {reads:,} of the first {found.judged:,} lines begin a record of this format")
    others = [f"{other} {count:,}" for other, count in found.fitting if other != name][:_RUNNERS_UP]
    if others:
        lines.append(f"  runners-up, by lines they could read: {', '.join(others)}")
    told = [f"{len(found.rows):,} records in {found.lines:,} lines"]
    for count, what in (
        (found.multi_line, "of several lines"),
        (found.without_time, "without a time"),
        (found.without_format, "in no known format"),
    ):
        if count:
            told.append(f"{count:,} {what}")
    lines.append(f"  {', '.join(told)}")
    levels: dict[str, int] = {}
    for row in found.rows:
        level = level_name(row[1]) or "no level"
        levels[level] = levels.get(level, 0) + 1
    lines.append(f"  levels: {', '.join(f'{level} {count:,}' for level, count in levels.items())}")
    pretty = RecordFormat("pretty", terminal=True, color=color)
    shown = "".join(pretty.format(_record(file, number, row)) for number, row in enumerate(found.rows[:_SAMPLE], 1))
    return "\n".join(lines) + "\n\n" + shown
