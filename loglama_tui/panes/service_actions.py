"""Starting, stopping and restarting services behind the screen: one action at a time, each step told as a message."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from loglama_core.errors import LogLamaError
from loglama_tui.reader_messages import Crashed

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.config.settings import Settings
    from loglama_core.ecosystem.service_event import ServiceEvent

Action = Literal["up", "down", "restart"]


@dataclass(eq=False, repr=False)
class ServiceStep(Message):
    """Something has happened to a service in the course of an action."""

    event: ServiceEvent


@dataclass(eq=False, repr=False)
class ActionEnded(Message):
    """An action is over: what came of it in a line, or why it could not be done."""

    summary: str
    error: LogLamaError | None = None
    failed: bool = False


class ServiceActions:
    """Runs actions in a thread; ``post`` takes the messages, from that thread."""

    def __init__(self, settings: Settings, post: Callable[[Message], object]) -> None:
        self._settings = settings
        self._post = post
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether an action is under way."""
        return self._thread is not None and self._thread.is_alive()

    def run(self, action: Action, service: str) -> None:
        """Begin an action on one service; with another one under way nothing happens."""
        if self.busy:
            return
        # A daemon thread: leaving the explorer does not wait for a service that is slow to stop.
        self._thread = threading.Thread(target=self._act, args=(action, service), name=f"loglama-{action}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Let what is being started fail at once, and start nothing more."""
        self._cancelled.set()

    def _act(self, action: Action, service: str) -> None:
        try:
            self._post(self._done(action, service))
        except LogLamaError as error:
            self._post(ActionEnded("", error, failed=True))
        except BaseException as bug:  # noqa: BLE001 - the outermost edge of this thread
            self._post(Crashed(bug))

    def _done(self, action: Action, service: str) -> ActionEnded:
        def tell(event: ServiceEvent) -> None:
            self._post(ServiceStep(event))

        if action == "down":
            from loglama_core.ecosystem.bring_down import bring_down

            stopped = bring_down(self._settings, [service], tell)
            return ActionEnded(f"stopped: {', '.join(stopped)}" if stopped else f"{service} was not running")
        if action == "restart":
            from loglama_core.ecosystem.restart_services import restart_services

            report = restart_services(self._settings, [service], os.environ, tell)
        else:
            from loglama_core.ecosystem.bring_up import bring_up

            report = bring_up(self._settings, [service], os.environ, tell, cancelled=self._cancelled.is_set)
        parts = (("up", report.ready), ("failed", report.failed), ("not started", report.skipped))
        summary = "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)
        return ActionEnded(summary, failed=not report.ok)
