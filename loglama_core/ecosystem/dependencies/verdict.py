"""What the check of one requirement came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DependencyStatus(StrEnum):
    """``UNCHECKED``: nothing can be said of it (a URL, an editable path); that is no failure."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong version"
    UNCHECKED = "unchecked"


@dataclass(slots=True, frozen=True)
class DependencyVerdict:
    """One requirement of one service. ``kind``: ``python``, ``node`` or ``system``; ``source``: file and line."""

    service: str
    kind: str
    name: str
    required: str
    installed: str | None
    status: DependencyStatus
    source: str = ""
    remedy: str = ""

    @property
    def failed(self) -> bool:
        """Whether it keeps the service from working."""
        return self.status in {DependencyStatus.MISSING, DependencyStatus.WRONG}
