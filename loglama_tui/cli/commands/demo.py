"""``loglama demo``: a made-up ecosystem in a temporary folder, collected and shown."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from loglama_tui.cli.commands.collect_logs import collect_with_progress
from loglama_tui.cli.commands.tui import require_terminal
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows

if TYPE_CHECKING:
    from types import FrameType

    from loglama_core.config.settings import Settings
    from loglama_core.demo.ecosystem import DemoEcosystem

_HISTORY_MINUTES = 15.0
"""More than the ten minutes the explorer's sparkline shows."""
_HISTORY_RECORDS = 40_000
"""No more than these, whatever the rate: written in under two seconds."""
_COLUMNS = (
    Column("service", "SERVICE"),
    Column("written", "WRITTEN", right=True),
    Column("stored", "STORED", right=True),
)


@click.command()
@click.option(
    "--seconds",
    metavar="N",
    type=click.FloatRange(min=0, max=86_400),
    help="Let it log so long.  [default: until you leave; headless: 5]",
)
@click.option(
    "--rate",
    metavar="N",
    type=click.FloatRange(min=0.1, max=20_000),
    default=40.0,
    show_default=True,
    help="Records/s.",
)
@click.option("--headless", is_flag=True, help="Open nothing: write, collect, and print a summary.")
@click.option(
    "--seed", metavar="N", type=click.IntRange(min=0), default=7, show_default=True, help="Another seed, another story."
)
@format_option
@global_options()
@pass_invocation
def demo(
    invocation: Invocation,
    *,
    seconds: float | None,
    rate: float,
    headless: bool,
    seed: int,
    output_format: str | None,
) -> int:
    """Try everything on a made-up, lively ecosystem.

    Five services log into a temporary folder; nothing outside of it is touched.
    """
    if not headless:
        require_terminal()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave_on_signal)
    from loglama_core.demo.ecosystem import DemoEcosystem

    with TemporaryDirectory(prefix="loglama-demo-") as folder:
        ecosystem = DemoEcosystem(Path(folder).resolve(), seed=seed, rate=rate)
        settings = demo_settings(ecosystem)
        if headless:
            rows = _written_and_stored(ecosystem, settings, 5.0 if seconds is None else seconds)
            write_rows(invocation, rows, _COLUMNS, output_format)
            return ExitCode.OK if all(row["written"] == row["stored"] for row in rows) else ExitCode.NOTHING
        return _explore(ecosystem, settings, seconds=seconds, rate=rate)


def demo_settings(ecosystem: DemoEcosystem) -> Settings:
    """Return settings that lie wholly inside the ecosystem's folder, whatever the environment says."""
    from loglama_core.config.settings import load_settings

    flags = {"config_file": str(ecosystem.config_file), "db_path": str(ecosystem.log_dir / "loglama.db")}
    return load_settings(flags=flags, environ={}, folder=ecosystem.folder)


def _written_and_stored(ecosystem: DemoEcosystem, settings: Settings, seconds: float) -> list[dict[str, object]]:
    written = ecosystem.write_live(seconds=seconds, should_stop=lambda: False)
    collect_with_progress(settings, None)
    with open_reader(settings) as reader:
        stored = {str(name): n for (name,), n in reader.counts_by(("service",)).items()}
    return [
        {"service": service, "written": written.get(service, 0), "stored": stored.get(service, 0)}
        for service in sorted({*written, *stored})
    ]


def _explore(ecosystem: DemoEcosystem, settings: Settings, *, seconds: float | None, rate: float) -> int:
    """Open the explorer on the past minutes while the ecosystem goes on logging beside it."""
    from loglama_tui.run_explorer import run_explorer

    minutes = min(_HISTORY_MINUTES, _HISTORY_RECORDS / rate / 60)
    # Collected while it is written, so that Live opens on services that take turns, not on one file after the other.
    ecosystem.write_history(until_ns=time.time_ns(), minutes=minutes, on_slice=lambda: _collect(settings))
    stop = Event()
    failures: list[OSError] = []

    def write() -> None:
        try:
            ecosystem.write_live(seconds=seconds, should_stop=stop.is_set)
        except OSError as error:  # a full disk: told once the screen is given back
            failures.append(error)

    writer = Thread(target=write, name="demo ecosystem")
    writer.start()
    try:
        code = run_explorer(settings)
    finally:
        stop.set()
        writer.join()
    for failure in failures:
        raise failure
    return code


def _collect(settings: Settings) -> None:
    from loglama_core.collector.one_pass import collect_once

    collect_once(settings)


def _leave_on_signal(number: int, _frame: FrameType | None) -> None:
    """Unwind instead of dying at once: the temporary folder is removed on the way."""
    raise SystemExit(128 + number)
