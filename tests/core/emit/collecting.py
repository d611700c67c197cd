"""What a real collector makes of the log files in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import load_settings
from loglama_core.model import LogRecord
from loglama_core.store.sqlite_reader import SqliteReader

REPOSITORY = Path(__file__).parents[3]


def collected(folder: Path) -> list[LogRecord]:
    """Collect ``folder/logs`` once more and return all records there are, in the order of arrival."""
    settings = load_settings(environ={"LOGLAMA_MAX_MESSAGE_LENGTH": "1000000"}, folder=folder)
    reports = collect_once(settings)
    assert not [report for report in reports if report.error or report.gap_bytes]
    with closing(SqliteReader(settings.db_path)) as reader:
        return sorted(reader.search(None, order="oldest"), key=lambda record: record.id)


def run_python(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``script`` as a service of its own in ``folder``."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        cwd=folder,
        env=service_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def service_environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(REPOSITORY), "TZ": "UTC"}
