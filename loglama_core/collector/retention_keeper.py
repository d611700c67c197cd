"""Keeps the store within the bounds of ``[retention]`` while records are collected."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from loglama_core.errors import StoreError
from loglama_core.model import Severity
from loglama_core.store.retention import RecordPruner, cutoff_for_size
from loglama_core.store.withheld import note_withheld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loglama_core.config.retention_rules import RetentionRules

PRUNED = "pruned"
"""Reason of ``withheld``: records that were stored and went when a bound was reached."""
RETENTION_EVENT = "records pruned"
RETENTION_TROUBLE = "retention trouble"

_EVERY_S = 60.0
_BETWEEN_STEPS_S = 0.03
"""A step holds the write lock for 15 ms; so long a pause leaves two thirds of the time to those who write."""
_SIZE_ROUNDS = 5
_LEVEL_RANGE = 3
"""An OpenTelemetry level is four numbers: debug is 5 to 8."""


def keep_within(
    path: Path, rules: RetentionRules, now_ns: int, should_stop: Callable[[], bool], pause: Callable[[], object]
) -> int:
    """Prune the store at ``path`` until it is within its bounds; return how many records went.

    ``pause`` is called between two steps. Raises ``StoreError``; what went before is gone, the rest waits for the next
    round.
    """
    deleted = 0
    with RecordPruner(path) as pruner:

        def prune(older_than_ns: int, max_severity: int | None = None) -> None:
            nonlocal deleted
            while not should_stop() and (count := pruner.step(older_than_ns=older_than_ns, max_severity=max_severity)):
                deleted += count
                pause()

        for level, age_s in rules.level_ages_s.items():
            prune(now_ns - age_s * 1_000_000_000, Severity[level.upper()] + _LEVEL_RANGE)
        if rules.max_age_s is not None:
            prune(now_ns - rules.max_age_s * 1_000_000_000)
        for _ in range(_SIZE_ROUNDS if rules.max_bytes is not None else 0):
            cutoff_ns = cutoff_for_size(path, rules.max_bytes or 0)
            if cutoff_ns is None or should_stop():
                break
            prune(cutoff_ns)
        while deleted and not should_stop() and pruner.release():
            pause()
    if deleted:
        note_withheld(path, PRUNED, deleted)
    return deleted


class RetentionKeeper:
    """Looks once a minute, in a thread of its own, and prunes in small steps: writing never waits for more than one."""

    def __init__(
        self, path: Path, rules: RetentionRules | None, on_event: Callable[[str, dict[str, object]], None]
    ) -> None:
        self._path = path
        self._rules = rules
        self._on_event = on_event
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if there is any bound to keep."""
        if self._rules is not None and self._rules.prunes:
            self._thread = threading.Thread(
                target=self._work, args=(self._rules,), name="loglama-retention", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop after the step in hand and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self, rules: RetentionRules) -> None:
        while not self._stopping.is_set():
            try:
                deleted = keep_within(
                    self._path,
                    rules,
                    time.time_ns(),
                    self._stopping.is_set,
                    lambda: self._stopping.wait(_BETWEEN_STEPS_S),
                )
            except StoreError as error:
                self._on_event(RETENTION_TROUBLE, {"error": error.message})
            else:
                if deleted:
                    self._on_event(RETENTION_EVENT, {"records": deleted})
            self._stopping.wait(_EVERY_S)
