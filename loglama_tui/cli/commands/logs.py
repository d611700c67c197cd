"""``loglama logs``: print the records that match."""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from loglama_core.errors import StoreReplacedError, UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option, utc_option
from loglama_tui.cli.record_filter import RecordFilter, record_filter_options, split_names
from loglama_tui.cli.record_format import RecordFormat
from loglama_tui.cli.shell_candidates import complete_fields

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.config.settings import Settings
    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import Order, RecordReader

_KEPT_RECORDS = 2_000
"""Records held to turn their order round; of more only the ids are (8 bytes against about 1 kB)."""
_PAGE = 256
_FOLLOW_BATCH = 500
_POLL_S = 0.05
"""Between looks at the store while following: a look costs 5 us, and 50 ms are not felt."""


class Selection(NamedTuple):
    """Which of the matching records are printed, and in which order."""

    node: Node | None
    limit: int
    order: Order | None
    context: int = 0


@click.command()
@record_filter_options
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=50,
    show_default=True,
    help="At most so many records.",
)
@click.option("-f", "--follow", is_flag=True, help="Keep printing records as they arrive.")
@click.option(
    "-C", "context", type=click.IntRange(0, 10_000), default=0, metavar="N", help="N neighbours in its source."
)
@click.option(
    "--order",
    type=click.Choice(["newest", "oldest"]),
    help="Newest first, or from the oldest on.  [default: of the newest, the oldest first]",
)
@click.option(
    "--fields", metavar="a,b", multiple=True, shell_complete=complete_fields, help="Only these keys or fields."
)
@click.option("--count", is_flag=True, help="Print how many records match, and nothing else.")
@format_option
@utc_option
@global_options()
@pass_invocation
def logs(  # noqa: PLR0913 - the options of the command
    invocation: Invocation,
    *,
    chosen: RecordFilter,
    limit: int,
    follow: bool,
    context: int,
    order: Order | None,
    fields: Sequence[str],
    count: bool,
    output_format: str | None,
    utc: bool,
) -> int:
    """Print records, the newest that match.

    Of the newest --limit records that match the oldest comes first, as in a file.

    QUERY is words and conditions: timeout "connection reset" level:error service:apilama status>=500
    """
    if follow:
        _refuse_with_follow({"-C": context > 0, "--count": count, "--order": order is not None})
    names = split_names(fields, "--fields")
    settings = invocation.settings()
    with open_reader(settings) as reader:
        if count:
            return _print_count(reader, chosen.node)
        output = RecordFormat(
            chosen_format(output_format),
            terminal=standard_output.is_terminal(),
            color=invocation.use_color(),
            utc=utc,
            names=names,
            full_text=reader.full_text,
            folder=settings.folder,
        )
        standard_output.write(output.header())
        selection = Selection(chosen.node, min(limit, sys.maxsize), order, context)
        if follow:
            _note_missing_collector(settings)
            _follow(reader, selection, output, settings.db_path)
        printed = _print_with_context(reader, selection, output) if context else _print(reader, selection, output)
    return ExitCode.OK if printed else ExitCode.NOTHING


def _refuse_with_follow(given: dict[str, bool]) -> None:
    for option, is_given in given.items():
        if is_given:
            raise UsageError(f"{option} cannot be combined with --follow", f"leave out {option} or --follow")


def _print_count(reader: RecordReader, node: Node | None) -> int:
    total = sum(reader.counts_by(("level",), node).values())
    standard_output.write(f"{total}\n")
    return ExitCode.OK if total else ExitCode.NOTHING


def _print(reader: RecordReader, selection: Selection, output: RecordFormat) -> bool:
    printed = False
    for record in _selected(reader, selection):
        standard_output.write(output.format(record))
        printed = True
    return printed


def _selected(reader: RecordReader, selection: Selection) -> Iterator[LogRecord]:
    if selection.limit == 0:
        return
    if selection.order is not None:
        yield from reader.search(selection.node, order=selection.order, limit=selection.limit)
        return
    newest: list[LogRecord] = []
    older = array("q")
    for record in reader.search(selection.node, order="newest", limit=selection.limit):
        if len(newest) < _KEPT_RECORDS:
            newest.append(record)
        else:
            older.append(record.id)
    older.reverse()
    for start in range(0, len(older), _PAGE):
        yield from reader.records(older[start : start + _PAGE])
    yield from reversed(newest)


def _print_with_context(reader: RecordReader, selection: Selection, output: RecordFormat) -> bool:
    """Print each match with its neighbours, none twice; on pretty output ``>`` marks the matches, ``--`` a jump."""
    hits = list(_selected(reader, selection))
    hit_ids = {record.id for record in hits}
    printed: set[int] = set()
    for hit in hits:
        group = reader.neighbours(hit.id, selection.context, selection.context)
        fresh = [record for record in group if record.id not in printed]
        if output.name == "pretty" and printed and len(fresh) == len(group):
            standard_output.write("--\n")
        for record in fresh:
            standard_output.write(output.format(record, mark="> " if record.id in hit_ids else "  "))
        printed.update(record.id for record in fresh)
    return bool(hits)


def _follow(reader: RecordReader, selection: Selection, output: RecordFormat, db_path: Path) -> None:
    """Print what is there and then what arrives, in arrival order, until interrupted or nobody reads any more.

    Raises ``StoreReplacedError`` when another file stands at the store's path: nothing would ever arrive again.
    """
    store_file = _file_at(db_path)
    token = reader.change_token()
    upto = reader.newest_id()
    # A record may be stored between the two looks: it is then both among the newest and after `upto`.
    already_printed = set()
    for record in _selected(reader, selection):
        standard_output.write(output.format(record))
        if record.id > upto:
            already_printed.add(record.id)
    while True:
        standard_output.flush()
        upto = _print_arrived(reader, selection.node, output, upto, already_printed)
        while token == (token := reader.change_token()):
            if standard_output.reader_is_gone():
                raise BrokenPipeError
            if _file_at(db_path) != store_file:
                msg = f"the store {db_path} was replaced or deleted while it was followed"
                raise StoreReplacedError(msg, "run the command again to follow the one that is there now")
            time.sleep(_POLL_S)


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _print_arrived(
    reader: RecordReader, node: Node | None, output: RecordFormat, upto: int, already_printed: set[int]
) -> int:
    """Print all that arrived after ``upto`` and return the new one."""
    while True:
        followed = reader.follow(node, after_id=upto, limit=_FOLLOW_BATCH)
        for record in followed.records:
            if record.id not in already_printed:
                standard_output.write(output.format(record))
        standard_output.flush()
        if followed.upto_id == upto:
            already_printed.clear()
            return upto
        upto = followed.upto_id


def _note_missing_collector(settings: Settings) -> None:
    """Tell a person who would wait in vain that nothing is being collected."""
    if not standard_error.is_terminal():
        return
    from loglama_core.collector.daemon import daemon_status

    if not daemon_status(settings).running:
        standard_error.note("no background collector is running: `loglama log-collector start` starts one")
