"""A real systemd with one unit, booted in namespaces of its own: the machine's is not touched, nor needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SYSTEMD = "/lib/systemd/systemd"
_READY_WITHIN_S = 20.0
_BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
if mountpoint -q /sys/fs/cgroup/systemd; then
  mount -t tmpfs tmpfs /sys/fs/cgroup
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
else
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mkdir -p /run/systemd/system
cat > /run/systemd/system/shop.service <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sleep 600
UNIT
cat > /run/systemd/system/only-shop.target <<'UNIT'
[Unit]
DefaultDependencies=no
AllowIsolate=yes
Wants=shop.service
UNIT
export container=loglama-test
exec /lib/systemd/systemd --system --unit=only-shop.target --log-target=null --show-status=0
"""


@contextmanager
def booted_systemd() -> Iterator[list[str]]:
    """Boot it; yields the beginning of a command that is run inside it. Skips aloud where that cannot be done."""
    if os.geteuid() != 0 or not Path(_SYSTEMD).exists() or shutil.which("nsenter") is None:
        pytest.skip("NOT PROVEN: booting a systemd takes root, systemd and util-linux")
    cgroups = Path("/sys/fs/cgroup/systemd") if Path("/sys/fs/cgroup/systemd").is_dir() else Path("/sys/fs/cgroup")
    own = cgroups / f"loglama-test-{os.getpid()}"
    own.mkdir()
    namespaces = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup"]
    boot = f"echo $$ > {own}/cgroup.procs && exec unshare {' '.join(namespaces)} --fork --mount-proc sh -c '{_quoted}'"
    outer = subprocess.Popen(["sh", "-c", boot], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    first: int | None = None
    try:
        deadline = time.monotonic() + _READY_WITHIN_S
        inside: list[str] = []
        while not inside or not _is_active(inside):
            if outer.poll() is not None or time.monotonic() > deadline:
                pytest.skip("NOT PROVEN: no systemd can be booted in namespaces here")
            first = _child(outer.pid)
            if first is not None:
                inside = ["nsenter", "--target", str(first), *namespaces]
            time.sleep(0.1)
        yield inside
    finally:
        if first is not None:
            os.kill(first, signal.SIGKILL)  # the first process of a pid namespace takes all others with it
        outer.kill()
        outer.communicate()
        for folder, _, _ in os.walk(own, topdown=False):
            _remove(Path(folder))


_quoted = _BOOT.replace("'", "'\\''")


def _child(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        child = int(children[0])
        return child if Path(f"/proc/{child}/comm").read_text() == "systemd\n" else None
    except (OSError, IndexError):
        return None


def _is_active(inside: list[str]) -> bool:
    asked = subprocess.run([*inside, "systemctl", "is-active", "shop"], capture_output=True, text=True, check=False)
    return asked.stdout == "active\n"


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + 5
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # its last process is not reaped yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
