"""Checks of rights and places: who may read and change the store and its settings, and on what disk they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import quote as quoted

from loglama_core.collector.remote_mounts import NETWORK_FILE_SYSTEMS, mounts_in
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_private, fix_unwritable_for_others
from loglama_core.model import Finding, FindingStatus

_MOUNTS = Path("/proc/self/mountinfo")
_BESIDE_THE_STORE = ("", "-wal", "-shm", ".collector.pid", ".collector.lock", ".collector.trouble")


def settings_private(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that nobody else can change ``loglama.toml``, which says what is started, nor ``.env``."""
    settings = context.settings
    for path in (settings.config_file, settings.env_file):
        if path is None:
            continue
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        evidence = (f"{path} has mode {mode:04o}, owner {_user(status.st_uid)}",)
        if status.st_uid not in {0, os.geteuid()}:
            yield Finding(
                "settings-private",
                "environment",
                FindingStatus.WARN,
                f"{path.name} belongs to another user, {_user(status.st_uid)}: what it says is obeyed",
                evidence,
                f"chown {_user(os.geteuid())} {context.short(path)}",
            )
        elif mode & stat.S_IWOTH:
            yield Finding(
                "settings-private",
                "environment",
                FindingStatus.WARN,
                f"everybody may change {path.name}, and what it says is obeyed",
                evidence,
                f"chmod go-w {quoted(context.short(path))}",
                fix_unwritable_for_others([path]),
            )
        else:
            summary = f"{path.name} can be changed by nobody else"
            yield Finding("settings-private", "environment", FindingStatus.OK, summary, evidence)


def store_private(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store's files belong to the user and nobody else may read them (security 17)."""
    db_path = context.settings.db_path
    search = db_path.with_suffix(".search.db")
    names = [f"{db_path}{suffix}" for suffix in _BESIDE_THE_STORE] + [f"{search}{end}" for end in ("", "-wal", "-shm")]
    is_open = False
    strangers: set[int] = set()
    evidence: list[str] = []
    paths = [path for path in map(Path, names) if path.exists()]
    for path in paths:
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        evidence.append(f"{path} has mode {mode:04o}, owner {_user(status.st_uid)}")
        is_open |= bool(mode & 0o077)
        if status.st_uid != os.geteuid():
            strangers.add(status.st_uid)
    if strangers:
        yield Finding(
            "store-private",
            "store",
            FindingStatus.WARN,
            f"the store belongs to another user: {', '.join(map(_user, sorted(strangers)))}",
            tuple(evidence),
            f"collect and look as one user; chown {_user(os.geteuid())} {quoted(context.short(db_path))}*",
        )
    if is_open:
        yield Finding(
            "store-private",
            "store",
            FindingStatus.WARN,
            "others may read the store: logs hold secrets",
            tuple(evidence),
            f"chmod 600 {quoted(context.short(db_path))}*",
            fix_private(paths),
        )
    if evidence and not strangers and not is_open:
        yield Finding("store-private", "store", FindingStatus.OK, "only you may read it", tuple(evidence))


def store_writable(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that a collector of this user can write the store and beside it (-wal, -shm)."""
    db_path = context.settings.db_path
    folder = db_path.parent
    if not db_path.exists():
        return
    shut = [path for path in (db_path, folder) if not os.access(path, os.W_OK)]
    is_read_only = bool(os.statvfs(db_path).f_flag & os.ST_RDONLY)
    if not shut and not is_read_only:
        yield Finding("store-writable", "store", FindingStatus.OK, "it can be written by this user")
        return
    why = "its file system is read-only" if is_read_only else "this user may not write it"
    yield Finding(
        "store-writable",
        "store",
        FindingStatus.FAIL,
        f"nothing can be stored: {why}",
        tuple(f"{path} has mode {stat.S_IMODE(path.stat().st_mode):04o}, {_owner(path)}" for path in shut)
        or (f"{folder} is mounted read-only",),
        "make the file and its folder writable, or set LOGLAMA_DB_PATH to a place that is",
    )


def local_file_system(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the store is on a local disk (fault 12)."""
    if not _MOUNTS.exists():
        return
    folder = context.settings.db_path.parent
    place, kind = mount_of(os.path.realpath(folder), _MOUNTS.read_text("utf-8", "surrogateescape"))
    evidence = (f"{folder} is on {place}, {kind}",)
    if kind in NETWORK_FILE_SYSTEMS:
        yield Finding(
            "file-system",
            "store",
            FindingStatus.WARN,
            f"the store is on a network file system ({kind}), where SQLite can lose what it wrote",
            evidence,
            "set LOGLAMA_DB_PATH to a local disk; the logs themselves may stay",
        )
    else:
        yield Finding("file-system", "store", FindingStatus.OK, f"it is on a local disk ({kind})", evidence)


def mount_of(path: str, mountinfo: str) -> tuple[str, str]:
    """Return (mount point, type) of the file system that holds ``path``; ``mountinfo``: see proc(5)."""
    best = "/", "unknown"
    for place, kind in mounts_in(mountinfo):
        holds = path == place or path.startswith(place.rstrip("/") + "/")
        if holds and len(place) >= len(best[0]):
            best = place, kind
    return best


def _owner(path: Path) -> str:
    return f"owner {_user(path.stat().st_uid)}"


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
