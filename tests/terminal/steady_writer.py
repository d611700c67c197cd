"""A process that appends JSON lines to a log file at a steady rate, as a busy service would."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_BATCH_S = 0.01


def line(number: int, event: str) -> bytes:
    """Return a line of about 160 bytes whose time is now."""
    now = datetime.now(UTC)
    return (
        f'{{"timestamp": "{now:%Y-%m-%dT%H:%M:%S.%f}Z", "level": "info", "event": "{event}", "component": "pouring",'
        f' "request_id": "{number * 2654435761 % 2**64:016x}", "duration_ms": {number % 977 / 8}}}\n'
    ).encode()


def write_steadily(path: Path, per_second: int, seconds: float) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    began, written, total = time.monotonic(), 0, int(per_second * seconds)
    while written < total:
        due = min(total, int((time.monotonic() - began) * per_second))
        batch = b"".join(line(number, f"line {number}") for number in range(written, due))
        if os.write(descriptor, batch) != len(batch):
            sys.exit("the disk is full")
        written = due
        time.sleep(_BATCH_S)
    os.close(descriptor)


@contextlib.contextmanager
def steady_writer(path: Path, per_second: int, seconds: float = 3600) -> Iterator[subprocess.Popen[bytes]]:
    """Write to ``path`` from another process until the time is over or the block is left."""
    process = subprocess.Popen([sys.executable, __file__, path, str(per_second), str(seconds)])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    write_steadily(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
