"""``loglama log-collector``: the background collector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from loglama_core.amounts import compact_duration
from loglama_core.errors import StoreError
from loglama_core.export.record_json import utc_time
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.data_lines import json_line
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column, format_rows, shown_cell
from loglama_tui.cli.time_format import readable_time
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loglama_core.collector.daemon import DaemonStatus
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState
    from loglama_core.store.record_reader import Gap

interval_option = click.option(
    "--interval", metavar="SECONDS", help="Seconds between full passes; file events collect in between.  [default: 300]"
)

_SOURCE_COLUMNS = (
    Column("source", "SOURCE"),
    Column("service", "SERVICE"),
    Column("state", "STATE", sgr=lambda state: "1;91" if state == "failed" else ""),
    Column("records", "RECORDS", right=True),
    Column("records_per_s", "RECORDS/s", right=True),
    Column("bytes_per_s", "BYTES/s", right=True),
    Column("lag_bytes", "LAG BYTES", right=True),
    Column("gap_bytes", "GAP BYTES", right=True),
    Column("last_record", "LAST RECORD"),
    Column("error", "ERROR", sgr=lambda error: "1;91" if error else ""),
)
_GAP_COLUMNS = (
    Column("time", "TIME"),
    Column("source", "SOURCE"),
    Column("start", "FROM BYTE", right=True),
    Column("end", "TO BYTE", right=True),
    Column("reason", "REASON"),
)
_GAPS_SHOWN = 100
_NUMBERS_OF_A_SOURCE = ("records", "records_per_s", "bytes_per_s", "offset", "lag_bytes", "gap_bytes")
_COLLECTOR_KEYS = (
    "running",
    "pid",
    "uptime_s",
    "records_per_s",
    "backlog_bytes",
    "wal_bytes",
    "interval_s",
    "last_error",
)


@click.group("log-collector", cls=OrderedGroup, no_args_is_help=False)
@global_options()
def log_collector() -> None:
    """Run the background collector.

    It stores what services log as they log it.
    """


@log_collector.command()
@interval_option
@global_options()
@pass_invocation
def start(invocation: Invocation, *, interval: str | None) -> int:
    """Start it in the background; returns once it is really collecting."""
    from loglama_core.collector.daemon import daemon_status

    settings = _settings(invocation, interval)
    before = daemon_status(settings)
    if before.running:
        standard_output.write(f"the collector is already running, pid {before.pid}\n")
        return ExitCode.OK
    return _start(settings)


@log_collector.command()
@global_options()
@pass_invocation
def stop(invocation: Invocation) -> int:
    """Stop it; everything it has read is stored. Exit code 1: it was not running."""
    from loglama_core.collector.daemon import stop_daemon

    if not stop_daemon(invocation.settings()):
        standard_output.write("no collector is running\n")
        return ExitCode.NOTHING
    standard_output.write("the collector has stopped\n")
    return ExitCode.OK


@log_collector.command()
@interval_option
@global_options()
@pass_invocation
def restart(invocation: Invocation, *, interval: str | None) -> int:
    """Stop it if it is running, and start it."""
    from loglama_core.collector.daemon import stop_daemon

    settings = _settings(invocation, interval)
    stop_daemon(settings)
    return _start(settings)


@log_collector.command()
@interval_option
@global_options()
@pass_invocation
def run(invocation: Invocation, *, interval: str | None) -> int:
    """Collect in the foreground until SIGTERM or Ctrl-C."""
    from loglama_core.collector.daemon import run_daemon

    settings = _settings(invocation, interval)
    run_daemon(settings, settings.collect_interval_s)
    return ExitCode.OK


@log_collector.command()
@interval_option
@global_options()
@pass_invocation
def unit(invocation: Invocation, *, interval: str | None) -> int:
    """Print a systemd unit that runs it from the start of the machine on."""
    from loglama_core.collector.systemd_unit import systemd_unit

    standard_output.write(systemd_unit(_settings(invocation, interval)))
    return ExitCode.OK


@log_collector.command()
@format_option
@global_options()
@pass_invocation
def status(invocation: Invocation, *, output_format: str | None) -> int:
    """Show whether it is running (exit code 0) or not (1), and how far each source is."""
    from loglama_core.collector.daemon import daemon_status

    settings = invocation.settings()
    daemon = daemon_status(settings)
    known, gaps = _sources_and_gaps(settings)
    name = chosen_format(output_format)
    moment = partial(readable_time, utc=False) if name == "pretty" else utc_time
    sources = _source_rows(known, gaps, daemon, settings.folder, moment)
    terminal = standard_output.is_terminal()
    if name == "jsonl":
        standard_output.write(json_line(_collector_row(daemon), terminal=terminal))
    elif name == "pretty":
        standard_output.write(_headline(daemon))
    if sources or name not in {"jsonl", "pretty"}:
        standard_output.write(
            format_rows(sources, _SOURCE_COLUMNS, name, terminal=terminal, color=invocation.use_color())
        )
    if gaps and name == "pretty":
        rows = [_gap_row(gap, moment) | _shown_gap(gap, settings.folder) for gap in gaps]
        standard_output.write("\nlost before it could be read, newest first:\n")
        standard_output.write(format_rows(rows, _GAP_COLUMNS, name, terminal=terminal, color=invocation.use_color()))
    return ExitCode.OK if daemon.running else ExitCode.NOTHING


def _settings(invocation: Invocation, interval: str | None) -> Settings:
    return invocation.settings({"collect_interval_s": interval})


def _start(settings: Settings) -> int:
    from loglama_core.collector.daemon import start_daemon

    started = start_daemon(settings, settings.collect_interval_s)
    standard_output.write(f"the collector is running, pid {started.pid}\n")
    return ExitCode.OK


def _sources_and_gaps(settings: Settings) -> tuple[list[SourceState], list[Gap]]:
    """Return the sources and the newest gaps.

    None when there is no store yet: that nothing was collected is an answer, not a failure.
    """
    if not settings.db_path.exists():
        return [], []
    try:
        with open_reader(settings) as reader:
            return reader.sources(), reader.gaps(limit=_GAPS_SHOWN)
    except StoreError as error:
        standard_error.warning(f"{error.message}: the sources cannot be shown")
        return [], []


def _collector_row(daemon: DaemonStatus) -> dict[str, object]:
    return {"collector": "log-collector"} | {key: getattr(daemon, key) for key in _COLLECTOR_KEYS}


def _source_rows(
    sources: list[SourceState],
    gaps: list[Gap],
    daemon: DaemonStatus,
    folder: Path,
    moment: Callable[[int], str],
) -> list[dict[str, object]]:
    """Return a row for each source, and one for each path that cannot be read and never could.

    ``moment`` writes a time as who reads it wants it.
    """
    problems = daemon.problems
    rows = []
    for source in sources:
        row = _source_row(source, daemon.rates.get(source.id, (0.0, 0.0)), folder, moment)
        row["error"] = problems.get(source.path) or source.error
        row["gaps"] = [_gap_row(gap, moment) for gap in gaps if gap.source == source.lineage]
        rows.append(row)
    unknown = problems.keys() - {source.path for source in sources}
    nothing = dict.fromkeys(("service", "last_record")) | dict.fromkeys(_NUMBERS_OF_A_SOURCE, 0)
    rows += [
        {"source": source_from(folder, path), "state": "failed", **nothing, "error": problems[path]}
        for path in sorted(unknown)
    ]
    return rows


def _gap_row(gap: Gap, moment: Callable[[int], str]) -> dict[str, object]:
    return {"start": gap.start, "end": gap.end, "time": moment(gap.time_ns), "reason": gap.reason}


def _shown_gap(gap: Gap, folder: Path) -> dict[str, object]:
    """Return what a person is shown in place of the values: of a file gone unseen nobody knows how long it was."""
    return {"source": source_from(folder, gap.source), "end": gap.end if gap.end > gap.start else "not known"}


def _source_row(
    source: SourceState, rate: tuple[float, float], folder: Path, moment: Callable[[int], str]
) -> dict[str, object]:
    return {
        "source": source_from(folder, source.lineage),
        "service": source.service,
        "state": str(source.state),
        "records": source.records,
        "records_per_s": rate[0],
        "bytes_per_s": rate[1],
        "offset": source.offset,
        "lag_bytes": source.lag_bytes,
        "gap_bytes": source.gap_bytes,
        "last_record": None if source.last_record_ns is None else moment(source.last_record_ns),
        "error": source.error,
    }


def _headline(daemon: DaemonStatus) -> str:
    error = f"last error: {shown_cell(daemon.last_error)}\n" if daemon.last_error else ""
    if not daemon.running:
        return f"not running\n{error}"
    uptime = "-" if daemon.uptime_s is None else compact_duration(daemon.uptime_s)
    return (
        f"running, pid {daemon.pid}, up {uptime}, {daemon.records_per_s:,.1f} records/s, "
        f"{daemon.backlog_bytes:,} bytes behind, every {daemon.interval_s} s\n{error}"
    )
