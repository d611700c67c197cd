"""The front door of the explorer: the process it runs in is made ready before the screen is loaded."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from loglama_tui.process_memory import use_few_arenas

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.config.settings import Settings
    from loglama_core.store.record_reader import RecordReader

_PICTURES_PER_S = 120
"""A key waits for the next tick of this clock: at Textual's 60 a move is seen 8 ms later. It draws no more pictures."""
_SWITCH_S = 0.001
"""5 ms by default: a key would wait that long for the collector's thread, again and again."""


def run_explorer(
    settings: Settings, *, tab: str | None = None, query: str = "", collect: bool = True, state_file: Path | None = None
) -> int:
    """Run the explorer in this terminal until it is left, and return the exit code (128 + number after a signal).

    ``tab``: the tab to open, else the one that was last left. ``state_file``: where tab, theme and the like are kept
    from one run to the next; nowhere if not given. A bug in it is raised once the terminal is restored.
    """
    os.environ.setdefault("TEXTUAL_FPS", str(_PICTURES_PER_S))  # read when Textual is imported
    sys.setswitchinterval(_SWITCH_S)
    use_few_arenas()
    gc.disable()  # until the first screen is drawn: its collections cost 50 ms of 400 and find nothing

    from loglama_core.store.sqlite_reader import SqliteReader
    from loglama_tui.app import ExplorerApp
    from loglama_tui.explorer_state import ExplorerState
    from loglama_tui.panes.live_tail import read_first_screen

    def open_reader() -> RecordReader:
        return SqliteReader(settings.db_path)

    state = ExplorerState(state_file)
    tab = tab or state.text("tab")
    first = read_first_screen(open_reader) if tab in ("", "live") else None
    app = ExplorerApp(settings, open_reader, tab=tab, query=query, collect=collect, state=state)
    app.first_screen = first
    app.suit_terminal()
    try:
        app.run()
    finally:
        state.save()
    if app.crash is not None:
        raise app.crash
    return app.return_code or 0
