"""The files that hold what a service writes to its standard output and error: sources of the collector like others."""

from __future__ import annotations

from pathlib import Path

from loglama_core.config.settings import Settings

LAST_LINES = 12
_TAIL_BYTES = 16_384


def output_files(settings: Settings, service: str) -> tuple[Path, Path]:
    """Return the files of standard output and standard error, in the log folder under the service's name."""
    return settings.log_dir / f"{service}.out.log", settings.log_dir / f"{service}.err.log"


def text_since(path: Path, offset: int, limit: int) -> str:
    """Return what was written after a byte offset, its last ``limit`` bytes; empty when there is no file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = offset if offset <= size else 0  # it was truncated: all of it is new
            file.seek(max(start, size - limit))
            return file.read(limit).decode("utf-8", "backslashreplace")
    except OSError:
        return ""


def last_lines(settings: Settings, service: str, offsets: tuple[int, int], count: int = LAST_LINES) -> list[str]:
    """Return the last lines a service wrote since it was launched: its standard error, else its standard output."""
    for path, offset in zip(reversed(output_files(settings, service)), reversed(offsets), strict=True):
        lines = [line for line in text_since(path, offset, _TAIL_BYTES).splitlines() if line.strip()]
        if lines:
            return lines[-count:]
    return []
