"""Five services that do not exist, and the logs they write.

ecosystem = DemoEcosystem(Path("/tmp/demo"))
ecosystem.write_history(until_ns=time.time_ns(), minutes=30)
ecosystem.write_live(seconds=None, should_stop=stop.is_set)
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from loglama_core.demo.component_database import ComponentDatabase
from loglama_core.demo.event import DemoEvent
from loglama_core.demo.line_formats import LineFormat, coloured_text, logfmt, logging_json, python_text, structlog_json
from loglama_core.demo.traffic import Traffic

_CONFIG_TEXT = """\
# The demo's five services. Text stamps carry no zone; these services run in UTC.

[services.weblama]
logs = ["logs/weblama.log"]                             # JSON, as structlog writes it
timezone = "UTC"
depends_on = ["apilama"]

[services.apilama]
logs = ["logs/apilama.log", "logs/apilama-jobs.log"]    # JSON; text with tracebacks
timezone = "UTC"
depends_on = ["pyllm", "pybox"]

[services.pyllm]
logs = ["logs/pyllm.log"]                               # coloured console text
timezone = "UTC"

[services.pybox]
logs = ["logs/pybox.log", "pybox/logs/pybox.db"]        # Python text; its own SQLite database
timezone = "UTC"

[services.pylama]
logs = ["logs/pylama.log"]                              # logfmt
timezone = "UTC"
depends_on = ["apilama", "pyllm"]
"""

_FILE_BY_SERVICE: dict[str, tuple[str, LineFormat]] = {
    "weblama": ("weblama.log", structlog_json),
    "apilama": ("apilama.log", logging_json),
    "pyllm": ("pyllm.log", coloured_text),
    "pybox": ("pybox.log", python_text),
    "pylama": ("pylama.log", logfmt),
}
_FILE_BY_LOGGER: dict[str, tuple[str, LineFormat]] = {"apilama.jobs": ("apilama-jobs.log", python_text)}
_DATABASE_LOGGER = "pybox.audit"

_BATCH = 1_000
"""Events written in one go when history is made: about 200 kB of text, 25 seconds of the demo."""

_SLICED_NS = 24_000_000_000

_TICK_S = 0.02
"""How often live events that are due get written: a reader sees them as single arrivals."""


class DemoEcosystem:
    """The made-up services weblama, apilama, pyllm, pybox and pylama, logging below ``folder``.

    Creates the folder, ``logs/`` and ``loglama.toml`` (an existing one is kept), private to the user. ``rate``: mean
    records per second over all services, > 0. Writing raises ``OSError`` when the disk is full or the folder is gone.
    """

    services: tuple[str, ...] = tuple(_FILE_BY_SERVICE)

    def __init__(self, folder: Path, *, seed: int = 7, rate: float = 40.0) -> None:
        self.folder = folder
        self.log_dir = folder / "logs"
        self._seed = seed
        self._rate = rate
        for path in (folder, self.log_dir):  # `parents=True` would give the mode to the last one only
            path.mkdir(mode=0o700, exist_ok=True)
        self.config_file = folder / "loglama.toml"
        if not self.config_file.exists():
            with _AppendedFile(self.config_file) as file:
                file.append(self.config_text)

    @property
    def config_text(self) -> str:
        """The ``loglama.toml`` that declares the five services. Paths are relative to the folder."""
        return _CONFIG_TEXT

    def events(self, start_ns: int) -> Iterator[DemoEvent]:
        """Yield what happens from ``start_ns`` (UTC nanoseconds) on, in order of time and without end.

        The same seed, rate and start give the same events.
        """
        return Traffic(self._seed, start_ns, self._rate).events()

    def write_history(
        self,
        *,
        until_ns: int,
        minutes: float,
        on_slice: Callable[[], None] = lambda: None,
        slice_s: float = 2.0,
    ) -> dict[str, int]:
        """Append the events of the minutes before ``until_ns`` at once; return the records written per service.

        ``on_slice`` is called after every 1,000 events, of the last 24 seconds after each ``slice_s``: whoever collects
        then, stores the services' records in turn, as if it had been there.

        A record with a traceback counts as one, as does a row of pybox's own database, ``pybox/logs/pybox.db``.
        """
        with _LogFiles(self.folder) as files:
            batch: list[DemoEvent] = []
            slice_ns = until_ns - _SLICED_NS
            for event in self.events(until_ns - int(minutes * 60e9)):
                is_slice_full = event.time_ns >= slice_ns
                if is_slice_full or len(batch) >= _BATCH:
                    files.append(batch)
                    batch = []
                    on_slice()
                if is_slice_full:
                    slice_ns += int(slice_s * 1e9)
                if event.time_ns >= until_ns:
                    break
                batch.append(event)
            files.append(batch)
            return files.records

    def write_live(self, *, seconds: float | None, should_stop: Callable[[], bool]) -> dict[str, int]:
        """Append events as they happen, from now on; return the records written per service, counted as above.

        Ends after ``seconds`` (``None``: never) or when ``should_stop`` returns true, which is asked every 20 ms.
        """
        start_ns = time.time_ns()
        began_ns = time.monotonic_ns()
        limit_ns = math.inf if seconds is None else seconds * 1e9
        events = self.events(start_ns)
        event = next(events)
        with _LogFiles(self.folder) as files:
            while not should_stop():
                elapsed_ns = min(time.monotonic_ns() - began_ns, limit_ns)
                batch: list[DemoEvent] = []
                while event.time_ns - start_ns < elapsed_ns:
                    batch.append(event)
                    event = next(events)
                files.append(batch)
                if elapsed_ns >= limit_ns:
                    break
                time.sleep(_TICK_S)
            return files.records


class _AppendedFile:
    """A private file that only ever grows, by one write per call as long as the system takes it whole."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)

    def append(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._descriptor, data) :]


class _LogFiles:
    """Every log of the ecosystem, open for appending. ``records``: written so far per service."""

    def __init__(self, folder: Path) -> None:
        self.records = dict.fromkeys(_FILE_BY_SERVICE, 0)
        self._folder = folder
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._files = {
                name: opening.enter_context(_AppendedFile(self._folder / "logs" / name))
                for name, _line_format in (*_FILE_BY_SERVICE.values(), *_FILE_BY_LOGGER.values())
            }
            self._database = opening.enter_context(ComponentDatabase(self._folder / "pybox" / "logs" / "pybox.db"))
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, exception, traceback)

    def append(self, events: list[DemoEvent]) -> None:
        """Write events into the files they belong to, each file in one go."""
        lines: dict[str, list[str]] = {}
        audit: list[DemoEvent] = []
        for event in events:
            self.records[event.service] += 1
            if event.logger == _DATABASE_LOGGER:
                audit.append(event)
                continue
            name, line_format = _FILE_BY_LOGGER.get(event.logger) or _FILE_BY_SERVICE[event.service]
            lines.setdefault(name, []).append(line_format(event))
        for name, texts in lines.items():
            self._files[name].append("".join(texts))
        if audit:
            self._database.append(audit)
