"""Whose links a collector that runs as root follows.

A service may write into its own log folder. If it put a link to ``/etc/shadow`` there, a collector that may read
everything would publish it. So root follows a link only if whoever made the link owns the file too, or is root. Running
as root is not refused: containers and small servers run everything so, and a log that only root may read is often the
one that matters.
"""

from __future__ import annotations

import os


class LinkTrust:
    """Remembers its verdicts: asking anew at every scan would cost 20 us a file."""

    def __init__(self) -> None:
        self._is_root = os.geteuid() == 0
        self._verdicts: dict[tuple[str, int, int], bool] = {}

    def trusts(self, path: str, status: os.stat_result) -> bool:
        """Tell whether ``path``, which leads to the file of ``status``, may be followed."""
        if not self._is_root:
            return True
        key = path, status.st_dev, status.st_ino
        verdict = self._verdicts.get(key)
        if verdict is None:
            if len(self._verdicts) > 100_000:  # of files long gone
                self._verdicts.clear()
            verdict = self._verdicts[key] = all(owner in {0, status.st_uid} for owner in _link_owners(path))
        return verdict


def _link_owners(path: str) -> list[int]:
    """Return the owners of all links on the way to the file, those that links lead through included."""
    owners = []
    left = path.split(os.sep)[::-1]
    where = os.sep
    while left:
        part = left.pop()
        if part in {"", os.curdir}:
            continue
        if part == os.pardir:
            where = os.path.dirname(where)
            continue
        where = os.path.join(where, part)
        try:
            target = os.readlink(where)
        except OSError:  # no link, or gone by now
            continue
        owners.append(os.lstat(where).st_uid)
        if len(owners) > _MOST_LINKS:
            break
        left += target.split(os.sep)[::-1]
        where = os.sep if target.startswith(os.sep) else os.path.dirname(where)
    return owners


_MOST_LINKS = 40
"""The system follows no more either."""
