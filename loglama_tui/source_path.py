"""How the path of a source is printed."""

from __future__ import annotations

from pathlib import Path


def source_from(folder: Path, path: str) -> str:
    """Return the path of a source as seen from ``folder``: ``logs/weblama.log`` below it, else the whole path.

    A query finds a source by either (``source:logs/weblama.log``).
    """
    return path.removeprefix(f"{folder}/")
