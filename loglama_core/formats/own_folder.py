"""Where this process reads a user's own formats from. Apart, so that saying it costs no import of the catalogue."""

from __future__ import annotations

from pathlib import Path

_folder: Path | None = None


def use_folder(folder: Path | None) -> None:
    """Read the user's own formats from ``folder``, the setting ``formats_dir``; ``None``: there are none."""
    global _folder  # noqa: PLW0603 - which formats there are is true of the process, as the catalogue is
    _folder = folder


def used_folder() -> Path | None:
    """Return the folder that was named last."""
    return _folder
