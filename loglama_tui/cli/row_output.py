"""Print rows that are not records on standard output, in the format for who reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglama_tui.cli import standard_output
from loglama_tui.cli.invocation import Invocation
from loglama_tui.cli.output_options import chosen_format
from loglama_tui.cli.row_format import Column, format_rows


def write_rows(
    invocation: Invocation,
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[Column],
    output_format: str | None,
) -> None:
    """Print all rows; ``output_format`` is what ``--format`` was given, or None for the format of who reads."""
    text = format_rows(
        rows,
        columns,
        chosen_format(output_format),
        terminal=standard_output.is_terminal(),
        color=invocation.use_color(),
    )
    standard_output.write(text)
