"""Checks of what LogLama runs in: Python, SQLite, settings, ``.env``, the log folder."""

from __future__ import annotations

import os
import platform
import sqlite3
import stat
import sys
from collections.abc import Iterator, Sequence
from shlex import quote as quoted

from loglama_core.amounts import counted
from loglama_core.config.secret_names import is_secret, mask
from loglama_core.config.settings import SETTINGS, SettingOrigin, Settings, load_settings
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_make_folder, fix_private, fix_unwritable_for_others
from loglama_core.ecosystem.declaration_check import check_declarations
from loglama_core.ecosystem.environment_check import check_environment
from loglama_core.ecosystem.problem import Problem
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


def packages(_context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every package LogLama needs is installed in a version it can use."""
    from importlib import metadata

    from packaging.requirements import Requirement

    try:
        needed = [Requirement(line) for line in metadata.requires("loglama") or ()]
    except metadata.PackageNotFoundError:
        yield Finding("packages", GROUP, FindingStatus.OK, "LogLama runs from its own folder, not installed")
        return
    evidence: list[str] = [f"loglama {metadata.version('loglama')}"]
    unmet: list[str] = []
    for requirement in needed:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            unmet.append(f"{requirement.name} is missing")
            continue
        evidence.append(f"{requirement.name} {version}")
        if not requirement.specifier.contains(version, prereleases=True):
            unmet.append(f"{requirement.name} {version} is not {requirement.specifier}")
    if unmet:
        remedy = f"{sys.executable} -m pip install --upgrade loglama"
        summary = f"packages do not fit: {', '.join(unmet)}"
        yield Finding("packages", GROUP, FindingStatus.FAIL, summary, (*unmet, *evidence), remedy)
    else:
        yield Finding("packages", GROUP, FindingStatus.OK, f"{evidence[0]} and the packages it needs", tuple(evidence))


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
            f"{path.name} holds {counted(len(secrets), 'secret')} and others may read it",
            evidence,
            f"chmod 600 {quoted(context.short(path))}",
            fix_private([path]),
        )
    else:
        yield Finding(
            "env-private", GROUP, FindingStatus.OK, f"{path.name} holds {counted(len(env), 'variable')}", evidence
        )


def env_required(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every variable a declared service needs is set and of its type, in ``.env`` or the environment."""
    services = context.settings.services
    problems = check_environment(context.settings, context.environ, services)
    yield from _problem_findings("env-required", problems, "every variable that services need is set", len(services))


def declarations(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the folders and files of declared services are there, and that no port is claimed twice."""
    problems = check_declarations(context.settings, context.environ)
    count = len(context.settings.declared_services)
    well = f"{counted(count, 'service')} declared, with folders, files and ports as they should be"
    yield from _problem_findings("declarations", problems, well, count)


def _problem_findings(check: str, problems: Sequence[Problem], well: str, services: int) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(
            check,
            GROUP,
            FindingStatus.FAIL,
            f"{problem.service}: {problem.problem}",
            (f"[services.{problem.service}] {problem.subject}",),
            problem.remedy,
            service=problem.service,
        )
    if services and not problems:
        yield Finding(check, GROUP, FindingStatus.OK, well)


def log_folder(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the folder of the log files is there and can be listed and written, though not by everybody."""
    folder = context.settings.log_dir
    short = context.short(folder)
    origin = f"LOGLAMA_LOG_DIR = {folder}  ({context.settings.sources['log_dir']})"
    if not folder.is_dir():
        is_there = folder.exists()
        what = "is not a folder" if is_there else "does not exist"
        remedy = f"mkdir -p {short}, or set LOGLAMA_LOG_DIR to the folder of the logs"
        fix = None if is_there else fix_make_folder(folder)
        yield Finding("log-folder", GROUP, FindingStatus.FAIL, f"{short} {what}", (origin,), remedy, fix)
        return
    mode = folder.stat().st_mode
    evidence = (origin, f"mode {stat.S_IMODE(mode):04o}")
    if not os.access(folder, os.R_OK | os.X_OK):
        remedy = f"make {short} readable for the user that runs LogLama, or set LOGLAMA_LOG_DIR"
        summary = f"{short} cannot be listed: no log in it is found"
        yield Finding("log-folder", GROUP, FindingStatus.FAIL, summary, evidence, remedy)
        return
    files = counted(sum(1 for entry in os.scandir(folder) if entry.is_file()), "file")
    if not os.access(folder, os.W_OK):
        remedy = f"make {short} writable for the user that runs LogLama, or set LOGLAMA_LOG_DIR"
        summary = f"{short} cannot be written: LogLama's own log has no place"
        yield Finding("log-folder", GROUP, FindingStatus.WARN, summary, (*evidence, files), remedy)
    elif mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield Finding(
            "log-folder",
            GROUP,
            FindingStatus.WARN,
            f"everybody may replace the logs in {short}",
            (*evidence, files),
            f"chmod go-w {quoted(short)}",
            fix_unwritable_for_others([folder]),
        )
    else:
        yield Finding("log-folder", GROUP, FindingStatus.OK, f"{short} holds {files}", (*evidence, files))


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
