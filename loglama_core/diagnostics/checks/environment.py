"""Checks of what LogLama runs in: Python, SQLite, settings, ``.env``, the log folder."""

from __future__ import annotations

import os
import platform
import sqlite3
import stat
from collections.abc import Iterator

from loglama_core.config.secret_names import is_secret, mask
from loglama_core.config.settings import SETTINGS, SettingOrigin, Settings, load_settings
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.integrity import missing_sqlite_features

GROUP = "environment"


def python_and_sqlite(_context: DiagnosticContext) -> Iterator[Finding]:
    """Check that this SQLite was built with what a store needs, and tell the versions."""
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    missing = missing_sqlite_features()
    if missing:
        yield Finding(
            "python-sqlite",
            GROUP,
            FindingStatus.FAIL,
            f"SQLite {sqlite3.sqlite_version} lacks {', '.join(missing)}",
            (versions, f"loaded by {platform.python_implementation()} at {os.path.realpath(sqlite3.__file__)}"),
            "use a Python whose sqlite3 module is linked with SQLite 3.38 or later",
        )
    else:
        yield Finding("python-sqlite", GROUP, FindingStatus.OK, versions, (platform.platform(),))


def settings_valid(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every setting can be read from where it comes, and that none has changed since the start."""
    settings = context.settings
    now = load_settings(flags=_given_flags(settings), environ=context.environ, folder=settings.folder)
    changed = [
        setting.variable for setting in SETTINGS if getattr(now, setting.name) != getattr(settings, setting.name)
    ]
    if now.services != settings.services:
        changed.append("the declared services")
    evidence = tuple(
        f"{setting.variable} = {getattr(now, setting.name)}  ({now.sources[setting.name]})" for setting in SETTINGS
    )
    if changed:
        yield Finding(
            "settings",
            GROUP,
            FindingStatus.WARN,
            f"changed since LogLama was started: {', '.join(changed)}",
            evidence,
            "leave the explorer and start it again; `loglama log-collector restart` for the collector",
        )
        return
    files = [path.name for path in (settings.env_file, settings.config_file) if path is not None]
    where = f"; read {' and '.join(files)}" if files else "; no .env, no loglama.toml"
    yield Finding("settings", GROUP, FindingStatus.OK, f"{len(SETTINGS)} settings are valid{where}", evidence)


def env_file_private(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that a ``.env`` with secrets is readable by its owner only (security 17)."""
    path, env = context.settings.env_file, context.settings.env
    if path is None:
        return
    declared = {name for service in context.settings.services for name in service.env_secret}
    secrets = [entry.name for entry in env.values() if entry.value and is_secret(entry.name, entry.value, declared)]
    mode = stat.S_IMODE(path.stat().st_mode)
    evidence = (
        f"{path} has mode {mode:04o}",
        *(f"{name} = {mask(name, env[name].value, declared)}" for name in secrets),
    )
    if secrets and mode & 0o077:
        yield Finding(
            "env-private",
            GROUP,
            FindingStatus.WARN,
            f"{path.name} holds {_count(len(secrets), 'secret')} and others may read it",
            evidence,
            f"chmod 600 {context.short(path)}",
        )
    else:
        yield Finding(
            "env-private", GROUP, FindingStatus.OK, f"{path.name} holds {_count(len(env), 'variable')}", evidence
        )


def env_required(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every variable a declared service requires is set, in ``.env`` or the environment."""
    settings = context.settings
    required = [(service.name, name) for service in settings.services for name in service.env_required]
    missing = 0
    for service, name in required:
        entry = settings.env.get(name)
        if not (entry.value if entry else context.environ.get(name)):
            where = settings.env_file or settings.folder / ".env"
            yield Finding(
                "env-required",
                GROUP,
                FindingStatus.FAIL,
                f"{name} is not set, {service} requires it",
                (f"[services.{service}] env.required names {name}", f"neither {where} nor the environment sets it"),
                f"add the line {name}=… to {context.short(where)}",
            )
            missing += 1
    if required and not missing:
        yield Finding("env-required", GROUP, FindingStatus.OK, f"{_count(len(required), 'required variable')} set")


def log_folder(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the folder of the log files is there and can be listed and written."""
    folder = context.settings.log_dir
    origin = f"LOGLAMA_LOG_DIR = {folder}  ({context.settings.sources['log_dir']})"
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        remedy = f"mkdir -p {context.short(folder)}, or set LOGLAMA_LOG_DIR to the folder of the logs"
        yield Finding("log-folder", GROUP, FindingStatus.FAIL, f"{context.short(folder)} {what}", (origin,), remedy)
        return
    files = sum(1 for entry in os.scandir(folder) if entry.is_file())
    evidence = (origin, f"mode {stat.S_IMODE(folder.stat().st_mode):04o}, {_count(files, 'file')}")
    if not os.access(folder, os.W_OK):
        remedy = f"make {context.short(folder)} writable for the user that runs LogLama, or set LOGLAMA_LOG_DIR"
        summary = f"{context.short(folder)} cannot be written: LogLama's own log has no place"
        yield Finding("log-folder", GROUP, FindingStatus.WARN, summary, evidence, remedy)
    else:
        yield Finding(
            "log-folder",
            GROUP,
            FindingStatus.OK,
            f"{context.short(folder)} holds {_count(files, 'file')}",
            evidence,
        )


def _given_flags(settings: Settings) -> dict[str, str | None]:
    """Return the flags that lead to these settings again: the files that were read, and what the command line gave."""
    flags: dict[str, str | None] = {
        name: str(getattr(settings, name))
        for name, source in settings.sources.items()
        if source.origin is SettingOrigin.FLAG
    }
    for name in ("config_file", "env_file"):
        path = getattr(settings, name)
        flags[name] = None if path is None else str(path)
    return flags


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
