"""``loglama stats``: how many records there are, by group and over time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import UsageError
from loglama_core.export.record_json import utc_time
from loglama_core.query.tree import And, TimeRange
from loglama_tui.cli import standard_output
from loglama_tui.cli.count_plot import plot_groups, plot_over_time
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option, utc_option
from loglama_tui.cli.record_filter import RecordFilter, record_filter_options, split_names
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.cli.shell_candidates import complete_fields
from loglama_tui.cli.time_format import NANOSECONDS, readable_time

if TYPE_CHECKING:
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader

_MOST_STEPS = 100_000
"""Steps over time: more than any screen shows."""

Row = dict[str, object]


@click.command()
@record_filter_options
@click.option(
    "--by",
    metavar="level,service,logger,FIELD",
    multiple=True,
    shell_complete=complete_fields,
    help="Count per group.  [default: level]",
)
@click.option("--every", metavar="1m", help="Count per step of time: 30s, 1m, 2h, 1d.")
@click.option("--plot", is_flag=True, help="Draw the counts.")
@format_option
@utc_option
@global_options()
@pass_invocation
def stats(
    invocation: Invocation,
    *,
    chosen: RecordFilter,
    by: Sequence[str],
    every: str | None,
    plot: bool,
    output_format: str | None,
    utc: bool,
) -> int:
    """Count records, by group and over time."""
    if plot and output_format not in {None, "pretty"}:
        raise UsageError(f"--plot draws; --format {output_format} does not", "give one of them")
    keys = split_names(by, "--by") or ("level",)
    if not {"time", "count"}.isdisjoint(keys):
        raise UsageError("--by time and --by count are not groups", "use --every for counts over time")
    step_ns = None if every is None else read_step(every)
    with open_reader(invocation.settings()) as reader:
        rows = _grouped(reader, chosen.node, keys) if step_ns is None else _over_time(reader, chosen, keys, step_ns)
    if not rows:
        return ExitCode.NOTHING
    name = "pretty" if plot else chosen_format(output_format)
    for row in rows:
        if step_ns is not None:
            at = int(str(row["time"]))
            row["time"] = readable_time(at, utc=utc) if name == "pretty" else utc_time(at)
    if plot:
        draw = plot_groups if step_ns is None else plot_over_time
        standard_output.write(draw(rows, keys, color=invocation.use_color()))
    else:
        write_rows(invocation, rows, _columns(keys, step_ns), name)
    return ExitCode.OK


def read_step(text: str) -> int:
    """Return the nanoseconds of ``1m``. Raises ``UsageError`` for what is no duration or below a second."""
    from loglama_core.query.time_expression import parse_time

    hint = "give a second or more, as in 30s, 1m, 2h, 1d"
    try:
        step_ns = -parse_time(f"-{text}", 0)  # `-1m` is a minute before the moment 0; no other form begins with a minus
    except UsageError as error:
        raise UsageError(f"--every {text!r} is no step of time", hint) from error
    if step_ns < NANOSECONDS:
        raise UsageError(f"--every {text!r} is too short", hint)
    return step_ns


def _columns(keys: Sequence[str], step_ns: int | None) -> list[Column]:
    groups = [Column(key, key.upper()) for key in keys]
    times = [] if step_ns is None else [Column("time", "TIME")]
    return [*times, *groups, Column("count", "COUNT", right=True)]


def _grouped(reader: RecordReader, node: Node | None, keys: Sequence[str]) -> list[Row]:
    counts = reader.counts_by(keys, node)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], [str(part) for part in item[0]]))
    return [{**dict(zip(keys, group, strict=True)), "count": count} for group, count in ordered]


def _over_time(reader: RecordReader, chosen: RecordFilter, keys: Sequence[str], step_ns: int) -> list[Row]:
    """Return one row per step and group that has records; ``time`` holds the step's begin in nanoseconds."""
    span = _span(reader, chosen, step_ns)
    if span is None:
        return []
    since_ns, until_ns = span
    within = TimeRange(since_ns, until_ns)
    node = within if chosen.node is None else And((chosen.node, within))
    counts = reader.counts_by(keys, node, origin_ns=since_ns, step_ns=step_ns)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], [str(part) for part in item[0][1:]]))
    return [{"time": at, **dict(zip(keys, group, strict=True)), "count": count} for (at, *group), count in ordered]


def _span(reader: RecordReader, chosen: RecordFilter, step_ns: int) -> tuple[int, int] | None:
    """Return begin and end of the time to count over: what was asked for, within what the store holds."""
    bounds = reader.time_bounds()
    if bounds is None:
        return None
    first = bounds[0] if chosen.since_ns is None else max(chosen.since_ns, bounds[0])
    last = bounds[1] + 1 if chosen.until_ns is None else min(chosen.until_ns, bounds[1] + 1)
    if first >= last:
        return None
    # Days begin at local midnight.
    offset_ns = (time.localtime(first // NANOSECONDS).tm_gmtoff or 0) * NANOSECONDS
    since_ns = (first + offset_ns) // step_ns * step_ns - offset_ns
    steps = -(-(last - since_ns) // step_ns)
    if steps > _MOST_STEPS:
        raise UsageError(f"that makes {steps:,} steps of time", "give a longer --every, or a --since")
    return since_ns, since_ns + steps * step_ns
