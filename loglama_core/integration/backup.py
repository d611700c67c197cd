"""Writing the changes of a plan so that they can be taken back.

``.loglama/integration`` in the project holds the files as they were and ``manifest.json``: per file whether it was
made, and the hash of what was written, which tells whether somebody has changed it since.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

from loglama_core.errors import LogLamaError, UsageError
from loglama_core.integration.file_change import FileChange, read_text
from loglama_core.integration.marked_block import has_block, without_blocks

_FOLDER = Path(".loglama") / "integration"
_MANIFEST = "manifest.json"


def write_changes(folder: Path, changes: list[FileChange]) -> Path:
    """Write the changes, keeping a copy of each file; return the folder of the copies. Raises ``LogLamaError``."""
    kept = folder / _FOLDER
    entries = _read_manifest(kept)
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        (kept.parent / ".gitignore").write_text("*\n", "utf-8")
        for change in changes:
            path = folder / change.path
            if read_text(path) != change.before or (change.before is None and (path.exists() or path.is_symlink())):
                raise LogLamaError(f"{change.path} was changed meanwhile", "run it again")
            name = str(change.path)
            if name not in entries:
                entries[name] = {"made": change.before is None}
                if change.before is not None:
                    copy = kept / "files" / change.path
                    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    shutil.copy2(path, copy)
            entries[name]["sha256"] = _hash(change.after)
            _write_manifest(kept, entries)  # before the file: what was written is never unknown
            mode = 0o755 if change.is_program else 0o644
            _replace(path, change.after, stat.S_IMODE(path.stat().st_mode) if path.exists() else mode)
    except OSError as error:
        what = f"{error.filename or folder} cannot be written: {error.strerror}"
        raise LogLamaError(what, "make the project writable for you; `--undo` takes back what was written") from error
    return kept


def undo_changes(folder: Path) -> tuple[list[str], list[str]]:
    """Take back what was written; return what was taken back, and what somebody must look at.

    A file changed since loses only the marked lines; a made file changed since stays. Raises ``LogLamaError``.
    """
    kept = folder / _FOLDER
    entries = _read_manifest(kept)
    if not entries:
        raise UsageError(f"nothing was integrated in {folder}", "run it with --write first")
    done: list[str] = []
    left: list[str] = []
    try:
        for name, entry in entries.items():
            _undo_file(folder, kept, name, entry, done, left)
        shutil.rmtree(kept.parent)
    except OSError as error:
        what = f"{error.filename or folder} cannot be written: {error.strerror}"
        raise LogLamaError(what, "make the project writable for you, and run it again") from error
    return done, left


def _undo_file(folder: Path, kept: Path, name: str, entry: dict[str, Any], done: list[str], left: list[str]) -> None:
    path = folder / name
    text = read_text(path)
    if text is None:
        left.append(f"{name} is gone")
        return
    is_ours = _hash(text) == entry.get("sha256")
    if entry.get("made"):
        if is_ours:
            path.unlink()
            done.append(f"removed {name}")
        else:
            left.append(f"{name} was changed since, and stays")
    elif is_ours:
        _replace(path, (kept / "files" / name).read_bytes().decode("utf-8"), stat.S_IMODE(path.stat().st_mode))
        done.append(f"restored {name}")
    elif has_block(text):
        _replace(path, without_blocks(text), stat.S_IMODE(path.stat().st_mode))
        done.append(f"took the marked lines out of {name}, which was changed since")
    else:
        left.append(f"{name} was changed since, and holds no marked lines")


def _replace(path: Path, text: str, mode: int) -> None:
    """Put ``text`` in the place of the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
        os.chmod(name, mode)  # noqa: PTH101 - the name mkstemp gave
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _read_manifest(kept: Path) -> dict[str, dict[str, Any]]:
    text = read_text(kept / _MANIFEST)
    if text is None:
        return {}
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict) and not Path(name).is_absolute() and ".." not in Path(name).parts
        for name, entry in entries.items()
    ):
        raise LogLamaError(f"{kept / _MANIFEST} cannot be read", "restore the files below it by hand, then remove it")
    return entries


def _write_manifest(kept: Path, entries: dict[str, dict[str, Any]]) -> None:
    _replace(kept / _MANIFEST, json.dumps(entries, indent=2) + "\n", 0o600)
