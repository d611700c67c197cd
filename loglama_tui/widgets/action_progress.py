"""What an action on services is doing: its last steps, and in the end what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of

if TYPE_CHECKING:
    from loglama_core.ecosystem.service_event import ServiceEvent
    from loglama_core.errors import LogLamaError

_STEPS = 4
_SHOWN_AFTER_S = 8.0
"""So long the end of an action that went well stays; one that failed stays until the next."""
_ROLES = {
    "ready": "good",
    "already running": "good",
    "adopted": "warning",
    "stopped": "soft",
    "failed": "error",
    "killed": "warning",
    "not started": "warning",
}


class ActionProgress(Static):
    """Hidden while there is nothing to tell."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._title = ""
        self._steps: list[tuple[str, str]] = []
        self._round = 0

    def begin(self, title: str) -> None:
        """Begin to tell of an action."""
        self._title = title
        self._steps = []
        self._round += 1
        self.display = True
        self._show(f"{title} …", "accent")

    def add(self, event: ServiceEvent) -> None:
        """Add a step; a failure brings the service's last lines along."""
        text = f"{event.service} {event.kind}{f': {event.text}' if event.text else ''}"
        self._steps.append((text, _ROLES.get(str(event.kind), "dim")))
        self._steps += [(f"    {line}", "soft") for line in event.lines[-3:]]
        self._show(f"{self._title} …", "accent")

    def end(self, summary: str, error: LogLamaError | None, *, failed: bool) -> None:
        """Tell what came of it."""
        if error is not None:
            self._steps.append((error.message, "error"))
            if error.hint:
                self._steps.append((f"→ {error.hint}", "soft"))
        self._show(summary or f"{self._title}: not done", "error" if failed else "good")
        if not failed:
            this = self._round
            self.set_timer(_SHOWN_AFTER_S, lambda: self._hide(this))

    def _hide(self, which: int) -> None:
        if which == self._round:
            self.display = False

    def _show(self, headline: str, role: str) -> None:
        palette = palette_of(self.app)
        width = max(20, self.app.size.width - 4)
        parts: list[tuple[str, str]] = [(display_safe(headline)[:width], getattr(palette, role))]
        parts += [(f"\n{display_safe(text)[:width]}", getattr(palette, kind)) for text, kind in self._steps[-_STEPS:]]
        self.update(Content.assemble(*parts))
