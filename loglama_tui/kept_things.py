"""What a person keeps in the store: bookmarks with notes, and queries under names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from loglama_core.store.bookmarks import Bookmark, bookmarks, remove_bookmark, set_bookmark
from loglama_core.store.saved_queries import SavedQuery, remove_saved_query, save_query, saved_queries
from loglama_tui.panes.record_pane import RecordPane
from loglama_tui.panes.requests import BookmarkWanted, MarksWanted, SaveWanted, SearchWanted
from loglama_tui.reader_messages import Crashed, ReadFailed, reader_thread
from loglama_tui.record_screens import RecordScreens
from loglama_tui.style_sheets import use_style_sheets
from loglama_tui.widgets.line_options import LineOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from textual.screen import Screen

    from loglama_core.config.settings import Settings
    from loglama_core.model import LogRecord
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.explorer_state import ExplorerState
    from loglama_tui.reader_thread import Stale
    from loglama_tui.screens.pick import PickItem

_NOTE_SHOWN = 200
_MARKS = "marks"


@dataclass(eq=False, repr=False)
class BookmarksRead(Message):
    """All bookmarks, the last one first; ``records``: theirs, if the list was asked for on ``screen``."""

    marks: list[Bookmark]
    records: dict[int, LogRecord] | None = None
    screen: Screen[object] | None = None


@dataclass(eq=False, repr=False)
class SavedQueriesRead(Message):
    """All saved queries by name; ``screen``: where the list was asked for."""

    queries: list[SavedQuery]
    screen: Screen[object]


@dataclass(eq=False, repr=False)
class Kept(Message):
    """Something was stored; ``note`` says what."""

    note: str


class KeptThings(RecordScreens):
    """The part of the explorer that keeps bookmarks and queries. The store is read and written in a thread."""

    def __init__(
        self,
        settings: Settings,
        reader_factory: Callable[[], RecordReader],
        *,
        clock: Callable[[], int],
        zone: tzinfo | None,
        state: ExplorerState | None = None,
    ) -> None:
        super().__init__(settings, reader_factory, clock=clock, zone=zone, state=state)
        self._marks: dict[int, str] | None = None
        self._keeping = reader_thread("keeping", reader_factory, self)

    @property
    def line_options(self) -> LineOptions:
        """How lines are drawn in every log; the subclass that lets one choose says it."""
        return LineOptions()

    def on_mount(self) -> None:
        """Start the thread."""
        self._keeping.start()

    def on_unmount(self) -> None:
        """End it."""
        self._keeping.stop()

    def _keep(self, name: str, note: str, change: Callable[[Path], object]) -> None:
        """Change the store, say so, and read the bookmarks anew."""

        def keep(reader: RecordReader, stale: Stale) -> None:
            path = Path(reader.store_info().path)
            change(path)
            if note:
                self.post_message(Kept(note))
            if not stale():
                self.post_message(BookmarksRead(bookmarks(path)))

        self._keeping.submit(name, keep)

    @on(Kept)
    def _say_kept(self, event: Kept) -> None:
        self.notify(event.note, markup=False, timeout=3)

    @on(ReadFailed)
    def _keeping_failed(self, event: ReadFailed) -> None:
        if event.job != _MARKS:  # that one nobody asked for; a pane tells of the same trouble
            text = f"{event.error.message}\n{event.error.hint}".strip()
            self.notify(text, severity="error", markup=False)

    @on(Crashed)
    def _keeping_crashed(self, event: Crashed) -> None:
        raise event.bug

    # Bookmarks

    @on(MarksWanted)
    def _marks_wanted(self, event: MarksWanted) -> None:
        if not event.pane.is_attached:  # left meanwhile, and its log is gone
            return
        event.pane.show_as(self.line_options)
        if self._marks is not None:
            event.pane.show_bookmarks(self._marks)
        else:
            self._read_bookmarks(with_records=False)

    def _read_bookmarks(self, *, with_records: bool) -> None:
        screen = self.screen

        def read(reader: RecordReader, stale: Stale) -> None:
            marks = bookmarks(Path(reader.store_info().path))
            records = reader.records([mark.record_id for mark in marks]) if with_records else None
            if not stale():
                by_id = None if records is None else {record.id: record for record in records}
                self.post_message(BookmarksRead(marks, by_id, screen))

        self._keeping.submit("bookmarks" if with_records else _MARKS, read)

    @on(BookmarksRead)
    def _bookmarks_read(self, event: BookmarksRead) -> None:
        self._marks = {mark.record_id: mark.note for mark in event.marks}
        for pane in self.record_panes():
            pane.show_bookmarks(self._marks)
        if event.records is not None and event.screen is self.screen:
            self._list_bookmarks(event.marks, event.records)

    def record_panes(self) -> Iterator[RecordPane]:
        """Yield whatever lists records, on whatever screen."""
        for screen in self.screen_stack:
            yield from screen.query(RecordPane)

    @on(BookmarkWanted)
    def _bookmark_wanted(self, event: BookmarkWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.screens.prompt import PromptScreen

        record_id = event.record.id
        note = (self._marks or {}).get(record_id)

        def answered(text: str | None) -> None:
            if text is not None:
                self._keep("bookmark", "bookmarked; B lists bookmarks", lambda p: set_bookmark(p, record_id, text))

        use_style_sheets(self, "prompt")
        title = f"bookmark record {record_id:,}" if note is None else f"note of record {record_id:,}"
        screen = PromptScreen(title, text=note or "", placeholder="a note, or nothing", hint="enter keeps it")
        self.push_screen(screen, answered)

    def action_bookmarks(self) -> None:
        """List the bookmarks."""
        self._read_bookmarks(with_records=True)

    def _list_bookmarks(self, marks: Sequence[Bookmark], records: dict[int, LogRecord]) -> None:
        from loglama_tui.screens.pick import PickScreen

        def picked(index: int | None) -> None:
            if index is None:
                return
            record = records.get(marks[index].record_id)
            if record is not None:
                self.open_context(record)
            else:
                self.notify("this record is no longer in the store", markup=False, timeout=3)

        def delete(index: int) -> None:
            record_id = marks[index].record_id
            self._keep(f"unmark-{record_id}", "", lambda path: remove_bookmark(path, record_id))

        use_style_sheets(self, "cursor_lines", "prompt")
        items = [_bookmark_item(mark, records.get(mark.record_id), self._zone) for mark in marks]
        empty = "No bookmarks yet: b on a record sets one, with a note."
        self.push_screen(PickScreen("bookmarks", items, empty=empty, delete=delete), picked)

    # Saved queries

    @on(SaveWanted)
    def _save_wanted(self, event: SaveWanted) -> None:
        if not event.in_front:
            return
        from loglama_tui.screens.prompt import PromptScreen

        query = event.query

        def answered(name: str | None) -> None:
            if name is not None:
                note = "query saved; S lists saved queries"
                self._keep(f"save-{name}", note, lambda path: save_query(path, name, query))

        use_style_sheets(self, "prompt")
        hint = f"saves: {query or 'everything'}"
        check = _name_problem
        self.push_screen(PromptScreen("save query", placeholder="a name", hint=hint, check=check), answered)

    def action_saved_queries(self) -> None:
        """List the saved queries."""
        screen = self.screen

        def read(reader: RecordReader, stale: Stale) -> None:
            queries = saved_queries(Path(reader.store_info().path))
            if not stale():
                self.post_message(SavedQueriesRead(queries, screen))

        self._keeping.submit("queries", read)

    @on(SavedQueriesRead)
    def _list_queries(self, event: SavedQueriesRead) -> None:
        if event.screen is not self.screen:
            return
        from loglama_tui.screens.pick import PickItem, PickScreen

        queries = event.queries

        def picked(index: int | None) -> None:
            if index is not None:
                self.post_message(SearchWanted(queries[index].query))

        def delete(index: int) -> None:
            name = queries[index].name
            self._keep(f"forget-{name}", "", lambda path: remove_saved_query(path, name))

        use_style_sheets(self, "cursor_lines", "prompt")
        width = min(24, max((len(query.name) for query in queries), default=0))
        items = [
            PickItem(((f"{query.name[:width]:<{width}}  ", "bright"), (query.query[:_NOTE_SHOWN], "soft")), query.name)
            for query in queries
        ]
        empty = "No saved queries yet: s in Search saves the one shown."
        self.push_screen(PickScreen("saved queries", items, empty=empty, delete=delete), picked)


def _name_problem(name: str) -> str:
    from loglama_core.store.saved_queries import LONGEST_NAME

    if not name.strip():
        return "a saved query needs a name"
    return f"at most {LONGEST_NAME} characters" if len(name.strip()) > LONGEST_NAME else ""


def _bookmark_item(mark: Bookmark, record: LogRecord | None, zone: tzinfo | None) -> PickItem:
    from loglama_tui.screens.pick import PickItem
    from loglama_tui.widgets.moment import local_time

    name = f"the bookmark of record {mark.record_id:,}"
    note = (f"{mark.note[:_NOTE_SHOWN]}  ", "accent")
    if record is None:
        return PickItem((note, (f"record {mark.record_id:,}, no longer in the store", "dim")), name)
    pieces = (
        (f"{local_time(record.time_ns, zone)[:19]}  ", "dim"),
        note if mark.note else ("", "dim"),
        (f"{record.service[:20]}  ", "soft"),
        (record.message[:_NOTE_SHOWN].partition("\n")[0], "bright"),
    )
    return PickItem(pieces, name)
