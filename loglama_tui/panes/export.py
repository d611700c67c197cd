"""Writing what a pane shows into a file, in a thread of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_core.errors import LogLamaError, QueryCancelledError, UsageError
from loglama_core.query.query_text import query_text
from loglama_tui.panes.requests import LineWanted
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.panes.log_pane import LogPane
    from loglama_tui.reader_thread import ReaderThread, Stale

_TELL_S = 0.5


@dataclass(eq=False, repr=False)
class ExportProgress(Message):
    """Records written so far, and in all if that is known."""

    done: int
    total: int | None


@dataclass(eq=False, repr=False)
class Exported(Message):
    """The file is complete, or could not be written (``problem``)."""

    path: Path
    records: int
    problem: str = ""


class Export:
    """Asks for a path, writes the file, tells the pane; asked again while it writes, it stops."""

    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._thread: ReaderThread | None = None
        self._running = False

    def stop(self) -> None:
        """Stop writing; nothing is left behind."""
        if self._thread is not None:
            self._thread.stop()

    def ask_or_stop(self) -> None:
        """Ask where to, or stop what runs."""
        if self._running and self._thread is not None:
            self._thread.cancel("export")
            self._running = False
            self._pane.say_progress("")
            self._pane.notify("the export was stopped; nothing was left behind", markup=False, timeout=3)
            return
        query = self._pane.shown_query()
        name = f"loglama-{datetime.now().astimezone():%Y%m%d-%H%M%S}.jsonl"

        def typed(text: str) -> None:
            self._write(query, Path(text.strip()).expanduser())

        hint = f".jsonl .csv .db, or .gz of the first two; writes {query_text(query)[:200] or 'everything'}"
        self._pane.post_message(LineWanted(self._pane, "export to", name, hint, _problem, typed))

    def _write(self, query: Node | None, path: Path) -> None:
        pane = self._pane
        if self._thread is None:
            self._thread = pane.make_thread("export")
            self._thread.start()
        self._running = True
        folder = pane.settings.folder

        def write(reader: RecordReader, stale: Stale) -> None:
            from loglama_core.export import export_records

            told = time.monotonic()

            def progress(done: int, total: int | None) -> None:
                nonlocal told
                if time.monotonic() - told > _TELL_S:
                    told = time.monotonic()
                    pane.post_message(ExportProgress(done, total))

            try:
                records = export_records(
                    reader,
                    query,
                    path,
                    source_name=lambda source: source_from(folder, source),
                    on_progress=progress,
                    cancelled=stale,
                )
            except QueryCancelledError:
                raise
            except LogLamaError as error:
                pane.post_message(Exported(path, 0, f"{error.message}\n{error.hint}".strip()))
            else:
                pane.post_message(Exported(path, records))

        self._thread.submit("export", write)

    def told(self, event: Exported | ExportProgress) -> None:
        """Say how it goes."""
        if not self._running:
            return
        if isinstance(event, ExportProgress):
            of = f" of {event.total:,}" if event.total is not None else ""
            self._pane.say_progress(f"exported {event.done:,}{of} · x stops")
            return
        self._running = False
        self._pane.say_progress("")
        if event.problem:
            self._pane.notify(event.problem, severity="error", markup=False)
        else:
            text = f"{event.records:,} record{'' if event.records == 1 else 's'} written to {event.path}"
            self._pane.notify(text, markup=False, timeout=6)


def _problem(text: str) -> str:
    """Return why a path cannot be exported to, as far as that is seen before it is tried."""
    from loglama_core.export.record_file import form_of

    path = Path(text.strip()).expanduser()
    try:
        form_of(path)
    except UsageError as error:
        return f"{error.message}: {error.hint}"
    if path.exists() or path.is_symlink():
        return f"{path} exists already: another name, please"
    return "" if path.absolute().parent.is_dir() else f"there is no folder {path.parent}"
