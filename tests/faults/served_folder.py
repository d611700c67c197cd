"""A file system that shows a folder and is served by this program, as a network file system is by another machine.

``served_folder.py FOLDER PLACE TYPE FAULTS`` mounts it at ``PLACE`` and speaks the kernel's FUSE protocol itself (see
linux/fuse.h). The mount hangs while the program is suspended. A line ``NAME OFFSET ERRNO`` in the file
``FAULTS`` makes reads of ``NAME`` that reach beyond ``OFFSET`` fail, and with an offset of -1 every look at it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from pathlib import Path

_IN = struct.Struct("<IIQQIIII")
_OUT = struct.Struct("<IiQ")
_READ = struct.Struct("<QQI")
_MAX_WRITE = 1 << 17
_GETATTR_FH = 1
_FORGET, _INTERRUPT, _BATCH_FORGET = 2, 36, 42


class ServedFolder:
    def __init__(self, folder: Path, faults: Path) -> None:
        self._faults = faults
        self._paths = {1: folder}
        self._nodes = {folder: 1}
        self.answers = {
            1: self.lookup, 3: self.getattr, 4: self.setattr, 10: self.unlink, 14: self.open, 15: self.read,
            16: self.write, 17: self.statfs, 18: self.release, 20: self.nothing, 25: self.nothing, 26: self.init,
            12: self.rename, 27: self.opendir, 28: self.readdir, 29: self.nothing, 34: self.nothing, 35: self.create,
        }  # fmt: skip

    def answer(self, operation: int, node: int, content: bytes) -> bytes:
        if operation not in self.answers:
            raise OSError(errno.ENOSYS, "")
        return self.answers[operation](node, content)

    def nothing(self, _node: int, _content: bytes) -> bytes:
        return b""

    def init(self, _node: int, content: bytes) -> bytes:
        _, _, readahead, _ = struct.unpack_from("<IIII", content)
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, readahead, 0, 16, 12, _MAX_WRITE, 1, 0, 0, 0)

    def lookup(self, node: int, content: bytes) -> bytes:
        return self._entry(self._below(node, content))

    def getattr(self, node: int, content: bytes) -> bytes:
        flags, _, handle = struct.unpack_from("<IIQ", content)
        self._fail(node, None)
        return struct.pack("<QII", 0, 0, 0) + _attributes(
            os.fstat(handle) if flags & _GETATTR_FH else os.lstat(self._paths[node])
        )

    def setattr(self, node: int, content: bytes) -> bytes:
        valid, _, _, size = struct.unpack_from("<IIQQ", content)
        if valid & 8:
            os.truncate(self._paths[node], size)
        return struct.pack("<QII", 0, 0, 0) + _attributes(os.lstat(self._paths[node]))

    def open(self, node: int, content: bytes) -> bytes:
        (flags,) = struct.unpack_from("<I", content)
        self._fail(node, None)
        wanted = flags & os.O_ACCMODE
        return struct.pack("<QII", os.open(self._paths[node], wanted), 0, 0)

    def create(self, node: int, content: bytes) -> bytes:
        flags, mode = struct.unpack_from("<II", content)
        path = self._below(node, content[16:])
        handle = os.open(path, (flags & os.O_ACCMODE) | os.O_CREAT, stat.S_IMODE(mode))
        return self._entry(path) + struct.pack("<QII", handle, 0, 0)

    def read(self, node: int, content: bytes) -> bytes:
        handle, offset, size = _READ.unpack_from(content)
        self._fail(node, offset + size)
        return os.pread(handle, size, offset)

    def write(self, _node: int, content: bytes) -> bytes:
        handle, offset, size = _READ.unpack_from(content)
        return struct.pack("<II", os.pwrite(handle, content[40 : 40 + size], offset), 0)

    def unlink(self, node: int, content: bytes) -> bytes:
        path = self._below(node, content)
        path.unlink()
        self._nodes.pop(path, None)
        return b""

    def rename(self, node: int, content: bytes) -> bytes:
        (folder,) = struct.unpack_from("<Q", content)
        before, after, _ = content[8:].split(b"\0")
        old, new = self._below(node, before), self._below(folder, after)
        old.rename(new)
        moved = self._nodes.pop(old)
        self._nodes[new] = moved
        self._paths[moved] = new
        return b""

    def release(self, _node: int, content: bytes) -> bytes:
        os.close(struct.unpack_from("<Q", content)[0])
        return b""

    def opendir(self, _node: int, _content: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0)

    def readdir(self, node: int, content: bytes) -> bytes:
        _, offset, size = _READ.unpack_from(content)
        listing = b""
        for index, path in enumerate(sorted(self._paths[node].iterdir())[offset:], offset + 1):
            raw = os.fsencode(path.name)
            entry = struct.pack("<QQII", index, index, len(raw), 0) + raw
            entry += b"\0" * (-len(entry) % 8)
            if len(listing) + len(entry) > size:
                break
            listing += entry
        return listing

    def statfs(self, _node: int, _content: bytes) -> bytes:
        return struct.pack("<QQQQQIII28x", 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19, 4096, 255, 4096)

    def _below(self, node: int, name: bytes) -> Path:
        return self._paths[node] / os.fsdecode(name.partition(b"\0")[0])

    def _entry(self, path: Path) -> bytes:
        status = os.lstat(path)
        node = self._nodes.setdefault(path, len(self._paths) + 1)
        self._paths[node] = path
        return struct.pack("<QQQQII", node, 0, 0, 0, 0, 0) + _attributes(status)

    def _fail(self, node: int, end: int | None) -> None:
        """Raise the error that is asked for, if the file is the one that has it."""
        for line in self._faults.read_text().splitlines():
            name, offset, number = line.split()
            is_reached = int(offset) < 0 or (end is not None and end > int(offset))
            if self._paths[node].name == name and is_reached:
                raise OSError(int(number), "")


def _attributes(status: os.stat_result) -> bytes:
    times = [status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns]
    return struct.pack(
        "<QQQQQQIIIIIIIIII",
        status.st_ino, status.st_size, status.st_blocks, *(each // 10**9 for each in times),
        *(each % 10**9 for each in times), status.st_mode, status.st_nlink, status.st_uid, status.st_gid, 0, 4096, 0,
    )  # fmt: skip


def main(folder: str, place: str, kind: str, faults: str) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"served", os.fsencode(place), kind.encode(), 0, options.encode()):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    served = ServedFolder(Path(folder), Path(faults))
    print("mounted", flush=True)
    while True:
        try:
            request = os.read(device, _MAX_WRITE + 4096)
        except OSError:  # unmounted
            return
        _, operation, unique, node, *_ = _IN.unpack_from(request)
        if operation in {_FORGET, _INTERRUPT, _BATCH_FORGET}:
            continue
        code, content = 0, b""
        try:
            content = served.answer(operation, node, request[_IN.size :])
        except OSError as error:
            code = -(error.errno or errno.EIO)
        os.write(device, _OUT.pack(_OUT.size + len(content), code, unique) + content)


if __name__ == "__main__":
    main(*sys.argv[1:])
