"""``loglama patterns``: which kinds of messages there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.export.record_json import utc_time
from loglama_core.query.query_text import query_text
from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option, utc_option
from loglama_tui.cli.pretty_record import level_bar_sgr
from loglama_tui.cli.record_filter import RecordFilter, record_filter_options
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.cli.time_format import readable_time

if TYPE_CHECKING:
    from loglama_core.store.record_reader import MessagePattern

_TREND_COLUMNS = 12
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_PRETTY = (
    Column("count", "COUNT", right=True),
    Column("trend", "TREND"),
    Column("level", "LEVEL", sgr=level_bar_sgr),
    Column("service", "SERVICE"),
    Column("last", "LAST"),
    Column("pattern", "PATTERN"),
)
_KEYS = ("id", "pattern", "count", "first", "last", "services", "levels", "trend", "example", "example_id", "query")


@click.command()
@record_filter_options
@click.option(
    "--limit", type=click.IntRange(1, 5_000), default=50, show_default=True, metavar="N", help="The N most frequent."
)
@format_option
@utc_option
@global_options()
@pass_invocation
def patterns(
    invocation: Invocation,
    *,
    chosen: RecordFilter,
    limit: int,
    output_format: str | None,
    utc: bool,
) -> int:
    """Group alike messages.

    Numbers, identifiers, paths and quoted parts are left out of account, and words that differ. Each group comes with
    its count, when it was first and last seen, its services and levels, an example and the query that finds it.
    """
    with open_reader(invocation.settings()) as reader, standard_error.ProgressLine() as line:
        total = reader.record_count()
        report = None
        for report in reader.patterns(chosen.node, columns=_TREND_COLUMNS, most=limit):
            line.show(report.records, total, f"{report.records:,} records in {report.distinct:,} groups")
    if report is None or not report.patterns:
        return ExitCode.NOTHING
    name = chosen_format(output_format)
    make, columns = (
        (lambda pattern: _row(pattern, utc=utc), _PRETTY)
        if name == "pretty"
        else (_as_json, tuple(Column(key, key) for key in _KEYS))
    )
    rows = [make(pattern) for pattern in report.patterns]
    write_rows(invocation, rows, columns, name)
    if report.distinct > len(rows):
        standard_error.note(f"the {len(rows):,} most frequent of {report.distinct:,} groups; --limit N prints more")
    return ExitCode.OK


def _row(pattern: MessagePattern, *, utc: bool) -> dict[str, object]:
    others = len(pattern.services) - 1
    return {
        "count": pattern.count,
        "trend": _sparkline(pattern.trend),
        "level": pattern.levels[0][0],
        "service": pattern.services[0][0] + (f" +{others}" if others else ""),
        "last": readable_time(pattern.last_ns, utc=utc)[:19],
        "pattern": pattern.text or "(empty)",
    }


def _as_json(pattern: MessagePattern) -> dict[str, object]:
    return {
        "id": pattern.id,
        "pattern": pattern.text,
        "count": pattern.count,
        "first": utc_time(pattern.first_ns),
        "last": utc_time(pattern.last_ns),
        "services": dict(pattern.services),
        "levels": {level or "none": count for level, count in pattern.levels},
        "trend": list(pattern.trend),
        "example": pattern.example,
        "example_id": pattern.example_id,
        "query": query_text(pattern.query),
    }


def _sparkline(trend: Sequence[int]) -> str:
    """Return counts as blocks of different heights, the largest as high as a line; what is not zero is seen."""
    highest = max(trend, default=0)
    return "".join(_EIGHTHS[-(-8 * count // highest)] if count else " " for count in trend)
