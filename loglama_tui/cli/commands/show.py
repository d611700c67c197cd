"""``loglama show``: one record whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from loglama_core.errors import UsageError
from loglama_core.export.record_json import json_text
from loglama_core.model import flag_names
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.data_lines import flattened
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option, utc_option
from loglama_tui.cli.pretty_record import FAINT, level_sgr, paint, service_sgr
from loglama_tui.cli.record_format import RecordFormat
from loglama_tui.cli.time_format import readable_time
from loglama_tui.display_safe import display_safe, display_safe_block
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from loglama_core.model import LogRecord


@click.command()
@click.argument("record_id", metavar="ID", type=click.IntRange(min=1, max=2**63 - 1))
@click.option("--raw", is_flag=True, help="Only its text, as it was logged.")
@format_option
@utc_option
@global_options()
@pass_invocation
def show(invocation: Invocation, *, record_id: int, raw: bool, output_format: str | None, utc: bool) -> int:
    """Print one record whole.

    Every field, its source file and its byte offset there.
    """
    if raw and output_format not in {None, "raw"}:
        raise UsageError(f"--raw and --format {output_format} contradict each other", "give one of them")
    name = "raw" if raw else chosen_format(output_format)
    settings = invocation.settings()
    with open_reader(settings) as reader:
        record = reader.get(record_id)
        text = reader.full_text(record_id) if record is not None else None
    if record is None:
        standard_error.note(f"there is no record {record_id}")
        return ExitCode.NOTHING
    whole = replace(
        record,
        message=record.message if text is None else text,
        source=source_from(settings.folder, record.source),
    )
    color = invocation.use_color()
    if name == "pretty":
        standard_output.write(whole_record(whole, utc=utc, color=color))
        return ExitCode.OK
    output = RecordFormat(name, terminal=standard_output.is_terminal(), utc=utc)
    standard_output.write(output.header() + output.format(whole))
    return ExitCode.OK


def whole_record(record: LogRecord, *, utc: bool, color: bool) -> str:
    """Return everything a record holds, for a person: where it is from, its message as it was, one field a line."""
    facts = [
        ("time", readable_time(record.time_ns, utc=utc), ""),
        ("level", (record.level or "-").upper(), level_sgr(record.severity)),
        ("service", record.service, service_sgr(record.service)),
        ("logger", record.logger or "-", ""),
        ("source", f"{record.source} at byte {record.offset}", ""),
        ("id", str(record.id), ""),
        ("flags", ", ".join(flag_names(record.flags)) or "-", ""),
    ]
    lines = [
        f"{paint(f'{name:<8}', FAINT, color=color)} {paint(display_safe(value), sgr, color=color)}"
        for name, value, sgr in facts
    ]
    lines += ["", display_safe_block(record.message.rstrip("\n"))]
    pairs = [(display_safe(key), value) for key, value in flattened(record.fields)]
    if pairs:
        width = min(max(len(key) for key, _ in pairs), 30)
        lines.append("")
        for key, value in pairs:
            text = value if isinstance(value, str) else json_text(value)
            indented = display_safe_block(text).replace("\n", f"\n{' ' * (width + 2)}")
            lines.append(f"{paint(f'{key:<{width}}', FAINT, color=color)}  {indented}")
    return "".join(f"{line}\n" for line in lines)
