"""What the explorer remembers of a store from one run to the next: tab, theme, queries, columns.

It belongs to the person, not to the store: one private file for each store below ``$XDG_STATE_HOME/loglama``. Losing it
costs nothing but convenience, so a file that cannot be read or written is no error.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 1 << 20
"""A larger file is not ours."""


def state_file_of(store: Path, environ: Mapping[str, str]) -> Path:
    """Return the path of the file that remembers a store, whether it exists or not."""
    base = Path(environ.get("XDG_STATE_HOME", ""))
    folder = base if base.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    mark = blake2b(os.fsencode(store), digest_size=8).hexdigest()
    return folder / "loglama" / f"explorer-{mark}.json"


class ExplorerState:
    """JSON values by name. ``path`` ``None``: remembered until the program ends."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = {} if path is None else _read(path)
        self._changed = False

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value as it was put, or ``default``; a file may hold anything, so check its shape."""
        return self._values.get(key, default)

    def text(self, key: str) -> str:
        """Return a value that should be a text; empty if there is none or it is something else."""
        value = self._values.get(key)
        return value if isinstance(value, str) else ""

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value; ``save`` writes it."""
        if self._values.get(key) != value:
            self._values[key] = value
            self._changed = True

    def save(self) -> None:
        """Write what has changed, whole or not at all, readable by its owner only."""
        if self._path is None or not self._changed:
            return
        self._changed = False
        with contextlib.suppress(OSError):
            _write(self._path, orjson.dumps(self._values, option=orjson.OPT_INDENT_2))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            values = orjson.loads(file.read(_MOST_BYTES))
    except (OSError, orjson.JSONDecodeError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink()
        raise
