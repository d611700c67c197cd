"""Something that must be mended before a service can do its work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Problem:
    """``service``, and of what (``subject``: a variable, a key, a package): what is wrong, and the remedy."""

    service: str
    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.service}: {self.problem}"
