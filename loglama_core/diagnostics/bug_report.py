"""Everything a bug report needs in one JSON document: versions, settings, findings, sources, runs; secrets masked."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from loglama_core.config.secret_names import is_secret, mask
from loglama_core.config.settings import SETTINGS, Settings
from loglama_core.errors import StoreError
from loglama_core.model import Finding, SourceState
from loglama_core.private_file import replace_atomically
from loglama_core.query.time_expression import time_text
from loglama_core.secret_text import mask_secrets_in_fields
from loglama_core.store.collector_runs import CollectorRun, recent_runs
from loglama_core.store.sqlite_reader import SqliteReader

REPORT_KEY = "loglama_report"
"""First key of a report: tells it from any other file of its name."""
_REPORT_VERSION = 1
_PACKAGES = (
    "loglama",
    "textual",
    "click",
    "orjson",
    "watchdog",
    "structlog",
    "psutil",
    "regex",
    "lark",
    "sqlite-utils",
)
_ENVIRONMENT = ("TERM", "COLORTERM", "LANG", "LC_ALL", "TZ", "TMUX", "STY", "SSH_TTY", "NO_COLOR", "FORCE_COLOR")


def finding_as_json(finding: Finding) -> dict[str, object]:
    """Return a finding under the keys that scripts rely on."""
    return {
        "check": finding.check,
        "group": finding.group,
        "status": str(finding.status),
        "summary": finding.summary,
        "evidence": list(finding.evidence),
        "remedy": finding.remedy,
        "fixable": finding.fixable,
    }


def bug_report(
    settings: Settings, findings: Sequence[Finding], now_ns: int, *, environ: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Return the report. Names of secret variables stay, their values never do.

    A store that cannot be opened tells nothing of sources and runs; that is a finding of its own.
    """
    sources, runs = _sources_and_runs(settings)
    return {
        REPORT_KEY: _REPORT_VERSION,
        "time": time_text(now_ns),
        "versions": _versions(),
        "environment": {name: environ[name] for name in _ENVIRONMENT if name in environ},
        "settings": _settings(settings),
        "env": _env(settings),
        "services": [
            {
                "name": service.name,
                "logs": list(service.logs),
                "format": service.format,
                "timezone": service.timezone,
                "depends_on": list(service.depends_on),
            }
            for service in settings.services
        ],
        # Evidence may quote lines of logs.
        "findings": [mask_secrets_in_fields(finding_as_json(finding))[0] for finding in findings],
        "sources": [_source(source) for source in sources],
        "runs": [asdict(run) for run in runs],
    }


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report, private, in one step. A file that is there must be an earlier report: nothing else is replaced.

    Raises ``UsageError`` for another file, ``LogLamaError`` when it cannot be written.
    """
    with replace_atomically(path, force=_is_report(path)) as partial:
        partial.write_bytes(report_text(report))


def report_text(report: Mapping[str, Any]) -> bytes:
    """Return the report as indented JSON."""
    # The rates of a run are by the number of their source.
    return orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n"


def _is_report(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        begin = file.read(64)
    return begin.lstrip(b"{ \n").startswith(f'"{REPORT_KEY}"'.encode())


def _versions() -> dict[str, str]:
    from importlib import metadata

    versions = {
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "platform": platform.platform(),
    }
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _settings(settings: Settings) -> list[dict[str, object]]:
    return [
        {
            "name": setting.variable,
            "value": mask(setting.variable, str(getattr(settings, setting.name))),
            "source": str(settings.sources[setting.name]),
        }
        for setting in SETTINGS
    ]


def _env(settings: Settings) -> list[dict[str, object]]:
    """Return the names of the .env; the values belong to the services and say nothing of LogLama."""
    declared = {name for service in settings.services for name in service.env_secret}
    return [
        {"name": entry.name, "set": bool(entry.value), "secret": is_secret(entry.name, entry.value, declared)}
        for entry in settings.env.values()
    ]


def _sources_and_runs(settings: Settings) -> tuple[list[SourceState], list[CollectorRun]]:
    try:
        with closing(SqliteReader(settings.db_path)) as reader:
            return reader.sources(), recent_runs(settings.db_path, 0)
    except StoreError:
        return [], []


def _source(source: SourceState) -> dict[str, object]:
    # Not head and tail: they are bytes of the log itself.
    return {
        "path": source.name,
        "kind": str(source.kind),
        "service": source.service,
        "state": str(source.state),
        "format": source.format,
        "offset": source.offset,
        "size": source.size,
        "records": source.records,
        "gap_bytes": source.gap_bytes,
        "error": source.error,
    }
