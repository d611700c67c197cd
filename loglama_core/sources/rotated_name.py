"""What rotation does to a file's name, and the name of a service read off the name of its file."""

from __future__ import annotations

import os.path
import re
from functools import lru_cache

_COMPRESSED = re.compile(r"\.(?:gz|bz2|xz|zst)$")
# Behind a separator: a date (2026-11-01, 20261101) with an optional time, an epoch, a number of up to five digits, or
# a word.
_ROTATION = re.compile(
    r"""[._-](?:
        \d{4}-?\d{2}-?\d{2}(?:[T_-]?\d{2}[-_:]?\d{2}(?:[-_:]?\d{2}(?:[._]\d{1,6})?)?)?
        | \d{10}
        | \d{1,5}
        | bak | old | prev | orig
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.(?:log|txt|json|jsonl|ndjson|out|err)$", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def unrotated_names(name: str) -> tuple[str, ...]:
    """Return the names that ``name`` may have been rotated from, nearest first.

    ``app.log.1.gz`` -> ``app.log.1``, ``app.log``.

    A mark of rotation is taken off behind the extension and before it (``app-2026-11-01.log`` -> ``app.log``).
    """
    found: list[str] = []
    current = name
    while True:
        shorter = _COMPRESSED.sub("", current)
        if shorter == current:
            shorter = _ROTATION.sub("", current)
        if shorter == current:
            extension = _EXTENSION.search(current)
            if extension is not None:
                shorter = _ROTATION.sub("", current[: extension.start()]) + extension.group()
        if shorter == current or not shorter.strip("._-") or _EXTENSION.fullmatch(shorter):
            return tuple(found)
        found.append(shorter)
        current = shorter


def is_rotated_from(path: str, original: str) -> bool:
    """Tell whether ``path`` has a name that a rotation of ``original`` would give.

    In the same folder or one below it.
    """
    folder, name = os.path.split(path)
    original_folder, original_name = os.path.split(original)
    if original_name not in unrotated_names(name):
        return False
    return folder == original_folder or folder.startswith(original_folder + "/")


def is_rotated_beside(path: str, other: str) -> bool:
    """Tell whether two paths, the first in the same folder or one below, are rotations of the same file.

    ``app.log.2.gz`` beside ``app.log.1``: what a rotation makes of one that was rotated before.
    """
    folder, name = os.path.split(path)
    other_folder, other_name = os.path.split(other)
    if set(unrotated_names(name)).isdisjoint(unrotated_names(other_name)):
        return False
    return folder == other_folder or folder.startswith(other_folder + "/")


def uncompressed_name(path: str) -> str:
    """Return the name a compressed file had before: ``app.log.1.gz`` -> ``app.log.1``; others stay as they are."""
    return _COMPRESSED.sub("", path)


def is_compressed(name: str) -> bool:
    """Tell whether the name ends like a compressed file's."""
    return _COMPRESSED.search(name) is not None


def service_name(path: str) -> str:
    """Return the service that a file belongs to if nobody says otherwise.

    Its name without date, number and suffixes.
    """
    name = os.path.basename(path)
    base = (unrotated_names(name) or (name,))[-1]
    return _EXTENSION.sub("", base) or name
