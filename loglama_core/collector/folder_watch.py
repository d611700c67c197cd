"""File events as a hint that something was written: never the truth, which is the scan every second."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watchdog.events import FileSystemEvent


class FolderWatch:
    """Watches folders and calls ``on_hint`` (from another thread) when something in them changed.

    Events are lost under load, folders that are made anew go deaf, and each event costs about 60 us: so a busy
    collector lets go of the watch (``pause``) and looks by itself until it is quiet again (``watch``). ``ignored``:
    beginnings of names whose changes are no hint, since the collector makes them itself. ``problem``: why there are
    no events, if there are none.
    """

    def __init__(self, on_hint: Callable[[], None], *, ignored: tuple[str, ...]) -> None:
        self._on_hint = on_hint
        self._ignored = ignored
        self._observer: Any = None
        self._watches: dict[str, tuple[tuple[int, int], Any]] = {}
        self.problem: str | None = None

    def watch(self, folders: Iterable[str]) -> bool:
        """Watch exactly these folders; one that was removed and made anew since is watched anew.

        Returns whether one was taken up just now: no event tells of what was written there before that.
        """
        wanted = {folder: identity for folder in folders if (identity := _identity(folder)) is not None}
        for folder, (identity, watch) in list(self._watches.items()):
            if wanted.get(folder) != identity:
                self._observer.unschedule(watch)
                del self._watches[folder]
        is_taken_up = False
        for folder, identity in wanted.items():
            if folder not in self._watches:
                if not self._schedule(folder, identity):
                    break
                is_taken_up = True
        return is_taken_up

    def pause(self) -> None:
        """Let go of every folder; ``watch`` takes them up again."""
        if self._watches:
            self._observer.unschedule_all()
            self._watches.clear()

    def close(self) -> None:
        """Stop watching for good."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
        self._watches.clear()

    def _schedule(self, folder: str, identity: tuple[int, int]) -> bool:
        try:
            watch = self._started_observer().schedule(self._handler(), folder)
        except OSError as error:
            # EMFILE or ENOSPC: the machine's inotify instances or watches are used up. The scan goes on without hints.
            self.problem = f"no file events ({error.strerror}): new lines show up within a second instead of at once"
            return False
        self.problem = None
        self._watches[folder] = identity, watch
        return True

    def _started_observer(self) -> Any:
        if self._observer is None:
            from watchdog.observers import Observer

            # watchdog talks about its own threads through logging; unheard, that would be printed over the screen.
            logging.getLogger("watchdog").addHandler(logging.NullHandler())
            observer = Observer()
            observer.daemon = True
            observer.start()
            self._observer = observer
        return self._observer

    def _handler(self) -> Any:
        from watchdog.events import FileSystemEventHandler

        on_hint, ignored = self._on_hint, self._ignored

        class _Hint(FileSystemEventHandler):
            def dispatch(self, event: FileSystemEvent) -> None:
                path = os.fsdecode(event.src_path)
                is_own = os.path.basename(path).startswith(ignored) or (
                    event.is_directory and event.event_type == "modified"
                )
                if event.event_type not in _READING_EVENTS and not is_own:
                    on_hint()

        return _Hint()


_READING_EVENTS = frozenset({"opened", "closed_no_write"})
"""Our own reading causes these; taking them for a hint would never end."""


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino
