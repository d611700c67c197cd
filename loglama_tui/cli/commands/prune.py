"""``loglama prune``: keep the store in bounds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import click

from loglama_core.amounts import byte_size
from loglama_core.errors import UsageError
from loglama_core.export.record_json import utc_time
from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.config.settings import Settings

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(k|m|g|t)?(i)?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MOST_ROUNDS = 5
"""A size is reached in one or two; what is left then are pages that only the index can give back."""

_COLUMNS = (Column("deleted", "DELETED", right=True), Column("before", "BEFORE"), Column("bytes", "BYTES", right=True))


@click.command()
@click.option("--older-than", metavar="30d", help="Records older than that: 12h, 30d, 4w, 2026-01-01.")
@click.option("--max-size", metavar="2GB", help="The oldest records until the store is no larger.")
@click.option("--dry-run", is_flag=True, help="Only say how many records would go.")
@format_option
@global_options()
@pass_invocation
def prune(
    invocation: Invocation, *, older_than: str | None, max_size: str | None, dry_run: bool, output_format: str | None
) -> int:
    """Delete the oldest records.

    In small steps, beside the collector and the explorer. Bookmarked records stay. What was collected once is not
    collected again.
    """
    if (older_than is None) == (max_size is None):
        raise UsageError("prune needs one limit", "give --older-than 30d or --max-size 2GB")
    settings = invocation.settings()
    before: int | None
    if older_than is not None:
        before = age = read_age(older_than)
        deleted = _count(settings, age) if dry_run else _prune(settings.db_path, age)
    else:
        deleted, before = _to_size(settings, read_size(str(max_size)), dry_run=dry_run)
    from loglama_core.store.retention import used_bytes

    row: dict[str, object] = {
        "deleted": deleted,
        "before": None if before is None else utc_time(before),
        "bytes": used_bytes(settings.db_path),
    }
    if dry_run:
        standard_error.note("nothing was deleted: this is what would be")
    write_rows(invocation, [row], _COLUMNS, output_format)
    return ExitCode.OK


def read_age(text: str) -> int:
    """Return the moment that ``30d`` or a date names. Raises ``UsageError`` for one that is still to come."""
    from loglama_core.query.time_expression import parse_time

    now = time.time_ns()
    try:
        before = parse_time(text, now)
    except UsageError as error:
        raise UsageError(f"--older-than: {error.message}", error.hint) from error
    if before > now:
        raise UsageError(f"--older-than {text!r} is still to come", "give an age, as in 30d, or a date gone by")
    return before


def read_size(text: str) -> int:
    """Return the bytes of ``2GB``, ``500 MB`` or ``1.5GiB``. Raises ``UsageError`` for anything else, and for none."""
    found = _SIZE.fullmatch(text.strip())
    size = 0
    if found:
        size = int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[(found[2] or "").lower()])
    if size < 1:
        raise UsageError(f"--max-size {text!r} is no size", "give one as in 500MB, 2GB, 1.5GiB")
    return size


def _count(settings: Settings, before: int) -> int:
    from loglama_core.query.tree import TimeRange

    with open_reader(settings) as reader:
        return sum(reader.counts_by(("level",), TimeRange(None, before)).values())


def _prune(path: Path, before: int) -> int:
    from loglama_core.store.retention import RecordPruner
    from loglama_core.store.search_index import RecordIndexer

    deleted = 0
    with standard_error.ProgressLine() as line, RecordPruner(path) as pruner:
        while step := pruner.step(older_than_ns=before):
            deleted += step
            line.show(0, 0, f"{deleted:,} records deleted")
        while pruner.release():
            line.show(0, 0, f"{deleted:,} records deleted, giving their space back")
    if deleted:
        with RecordIndexer(path) as indexer:
            indexer.step()
    return deleted


def _to_size(settings: Settings, size: int, *, dry_run: bool) -> tuple[int, int | None]:
    from loglama_core.store.retention import cutoff_for_size, used_bytes

    deleted, before = 0, None
    for _ in range(_MOST_ROUNDS):
        cutoff = cutoff_for_size(settings.db_path, size)
        if cutoff is None:
            return deleted, before
        before = cutoff
        if dry_run:
            return _count(settings, before), before
        deleted += _prune(settings.db_path, before)
    if used_bytes(settings.db_path) > size:
        standard_error.warning(f"the store still holds {byte_size(used_bytes(settings.db_path))}")
    return deleted, before
