"""A service that writes numbered lines and rotates its log.

Call: ``rotating_writer.py PATH rename|copytruncate|text SECONDS RATE SEED``. Prints the number of records.
Rotated files are kept, so nothing is destroyed unread. Copy-truncate is done between two lines, as a service that
pauses for its rotation does; ``text`` writes Python text with tracebacks in several writes and rotates by renaming.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path


class RotatingWriter:
    def __init__(self, path: Path, mode: str, seed: int) -> None:
        self.path = path
        self.mode = mode
        self.random = random.Random(seed)
        self.rotations = 0
        self.count = 0
        self.descriptor = self._open()

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write_record(self) -> None:
        self.count += 1
        if self.mode != "text":
            line = f'{{"timestamp":"2026-11-01T00:00:00Z","level":"info","event":"{self.path.stem} {self.count}"}}\n'
            cut = self.random.randrange(len(line)) if self.random.random() < 0.05 else 0
            for part in (line[:cut], line[cut:]):
                os.write(self.descriptor, part.encode())
            return
        text = f"2026-11-01 00:00:00,000 - app - INFO - {self.path.stem} {self.count}\n"
        if self.random.random() < 0.2:
            text += 'Traceback (most recent call last):\n  File "a.py", line 1, in run\n    work()\nValueError: no\n'
        middle = text.find("\n") + 1
        os.write(self.descriptor, text[:middle].encode())
        if text[middle:]:
            os.write(self.descriptor, text[middle:].encode())

    def rotate(self) -> None:
        self.rotations += 1
        rotated = self.path.with_name(f"{self.path.name}.{self.rotations}")
        if self.mode == "copytruncate":
            shutil.copyfile(self.path, rotated)
            os.ftruncate(self.descriptor, 0)
        else:
            self.path.rename(rotated)
            os.close(self.descriptor)
            self.descriptor = self._open()

    def run(self, seconds: float, rate: float) -> None:
        begin = time.monotonic()
        while (now := time.monotonic() - begin) < seconds:
            while self.count < now * rate:
                self.write_record()
                if self.random.random() < 4 / rate:  # about four rotations a second
                    self.rotate()
            time.sleep(0.002)


def main() -> None:
    path, mode, seconds, rate, seed = sys.argv[1:]
    writer = RotatingWriter(Path(path), mode, int(seed))
    writer.run(float(seconds), float(rate))
    sys.stdout.write(str(writer.count))


if __name__ == "__main__":
    main()
