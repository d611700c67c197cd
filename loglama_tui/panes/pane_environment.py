"""What every pane of records is given by the app around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from loglama_core.config.settings import Settings
    from loglama_core.store.record_reader import RecordReader


@dataclass(slots=True, frozen=True)
class PaneEnvironment:
    """The store and the clock a pane works with. ``zone``: of the times shown, ``None`` for the machine's."""

    settings: Settings
    reader_factory: Callable[[], RecordReader]
    """Opens a reader; each thread has one of its own."""
    clock: Callable[[], int]
    """Now, in nanoseconds."""
    zone: tzinfo | None = None
