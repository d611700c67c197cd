"""Which paths lie on a file system that another machine or program serves: each look at one may never be answered.

So none of the questions here is put to such a file system itself, only to the kernel and to local folders above it.
"""

from __future__ import annotations

import os
import select
from typing import Self

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs"}
)
"""SQLite's write-ahead log needs memory shared between processes, which these do not give (fault 12)."""
_SERVED_BY_ANOTHER = NETWORK_FILE_SYSTEMS | {
    "9p", "autofs", "beegfs", "coda", "davfs", "fuse", "fuseblk", "gfs2", "gpfs", "lustre", "ocfs2", "orangefs",
    "virtiofs",
}  # fmt: skip
_MOUNTINFO = "/proc/self/mountinfo"
_MOST_LINKS = 40
"""The system follows no more either."""


class RemoteMounts:
    """The mounts of this machine as ``refresh`` last saw them, for one thread. ``kinds``: mount point -> type."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self._local: set[str] = set()
        self._resolved: dict[str, tuple[str | None, str]] = {}
        try:
            self._descriptor = os.open(_MOUNTINFO, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # no Linux, or no /proc: every path is taken for local
            self._descriptor = -1
            return
        self._changes = select.poll()
        self._changes.register(self._descriptor, select.POLLPRI)
        self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the kernel's table."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def refresh(self) -> None:
        """Take note of what was mounted and unmounted since, and of links that lead elsewhere by now."""
        self._resolved.clear()
        if self._descriptor >= 0 and self._changes.poll(0):
            self._read()

    def mount_of(self, path: str) -> str | None:
        """Return the mount point of the remote file system that is asked for ``path``, ``None`` if none is.

        A local file system mounted below a remote one counts as remote: the way to it leads through that.
        """
        if not self.kinds:
            return None
        folder, name = os.path.split(path)
        if folder not in self._resolved:
            self._resolved[folder] = self._walk(os.sep, folder)
        mount, where = self._resolved[folder]
        return mount if mount is not None else self._walk(where, name)[0]

    def _walk(self, where: str, path: str) -> tuple[str | None, str]:
        """Follow ``path`` from the real folder ``where`` on; returns (remote mount point met or None, real path)."""
        left = path.split(os.sep)[::-1]
        links = 0
        while left:
            part = left.pop()
            if part in {"", os.curdir}:
                continue
            if part == os.pardir:
                where = os.path.dirname(where)
                continue
            here = os.path.join(where, part)
            if here in self.kinds:
                return here, here
            target = _target_of(here) if here not in self._local and links < _MOST_LINKS else None
            if target is None:
                where = here
            else:
                links += 1
                left += target.split(os.sep)[::-1]
                where = os.sep if target.startswith(os.sep) else where
        return None, where

    def _read(self) -> None:
        mounts = dict(mounts_in(os.fsdecode(_whole(self._descriptor))))  # of several on one place the last is seen
        # What the machine itself runs from cannot be gone round: a container's root is often one of these.
        self.kinds = {place: kind for place, kind in mounts.items() if _is_served(kind) and place != os.sep}
        self._local = mounts.keys() - self.kinds.keys()


def network_file_system_of(path: str) -> tuple[str, str] | None:
    """Return (mount point, type) of the network file system on which ``path`` is, ``None`` if it is on another."""
    with RemoteMounts() as mounts:
        place = mounts.mount_of(path)
        kind = mounts.kinds.get(place or "", "")
    return (place, kind) if place is not None and kind in NETWORK_FILE_SYSTEMS else None


def mounts_in(mountinfo: str) -> list[tuple[str, str]]:
    """Return (mount point, type) of every mount, in the order they were made; ``mountinfo``: see proc(5)."""
    mounts = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) >= 5 and after:
            place = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
            mounts.append((place, after.split(" ")[0]))
    return mounts


def _is_served(kind: str) -> bool:
    return kind in _SERVED_BY_ANOTHER or kind.startswith("fuse.")


def _target_of(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:  # no link, or nothing at all
        return None


def _whole(descriptor: int) -> bytes:
    content = b""
    while block := os.pread(descriptor, 1 << 16, len(content)):
        content += block
    return content
