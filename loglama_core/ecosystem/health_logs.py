"""In which files, and from which byte on, the line is looked for that says a service is well."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.health_probe import LogSince
from loglama_core.ecosystem.service_output import output_files
from loglama_core.ecosystem.state_folder import StateFolder


def log_sizes(service: DeclaredService) -> dict[str, int]:
    """Return the sizes of a service's declared logs now: what stands in them before the start does not count."""
    sizes = {}
    for pattern in service.logs:
        for name in glob.glob(os.path.join(service.folder, pattern)):  # noqa: PTH118, PTH207 - patterns may be absolute
            path = Path(name)
            if path.suffix not in {".db", ".sqlite", ".sqlite3"} and path.is_file():
                sizes[name] = path.stat().st_size
    return sizes


def health_logs(service: DeclaredService, settings: Settings, state: StateFolder) -> list[LogSince]:
    """Return where to look, as of the last launch: its output, then its declared logs."""
    record = state.read(service.name, "process")
    stdout, stderr = output_files(settings, service.name)
    before = state.read(service.name, "stage").get("log_sizes", {})
    logs = [LogSince(stdout, record.get("stdout_offset", 0)), LogSince(stderr, record.get("stderr_offset", 0))]
    return logs + [LogSince(Path(name), before.get(name, 0)) for name in log_sizes(service)]
