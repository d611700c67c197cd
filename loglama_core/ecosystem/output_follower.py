"""The lines that services write to their standard output and error, as they write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.service_choice import start_order
from loglama_core.ecosystem.service_output import output_files
from loglama_core.ecosystem.state_folder import StateFolder

_MOST_BYTES = 1_000_000
_LONGEST_LINE = 65_536


class OutputFollower:
    """Follows services from where their output stands when it is made."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self._files: dict[Path, tuple[str, int, bytes]] = {}
        for tier in start_order(settings, names):
            for service in tier:
                for path in output_files(settings, service.name):
                    self._files[path] = service.name, _size(path), b""

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Yield ``(service, line)`` for what has been written since, at most 1 MB of each file at a time."""
        for path, (service, offset, rest) in self._files.items():
            size = _size(path)
            if size < offset:
                offset, rest = 0, b""  # noqa: PLW2901 - it was truncated and begins anew
            if size == offset:
                continue
            with path.open("rb") as file:
                file.seek(offset)
                data = file.read(_MOST_BYTES)
            *lines, last = (rest + data).split(b"\n")
            if len(last) > _LONGEST_LINE:
                lines.append(last)
                last = b""
            self._files[path] = service, offset + len(data), last
            for line in lines:
                yield service, line.rstrip(b"\r").decode("utf-8", "backslashreplace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def any_at_work(settings: Settings, state: StateFolder) -> bool:
    """Whether any service LogLama has started is there, or waits to be restarted."""
    for service in settings.services:
        process = state.process(service.name)
        if process is not None and process.is_alive:
            return True
        waiting = state.read(service.name, "restarts").get("next_at") is not None
        if waiting and state.read(service.name, "stage").get("stage") == "running":
            return True
    return False
