"""A service that logs numbered lines through one of the standard library's own file handlers.

Call: ``handler_service.py PATH size|time|gzip|watched SECONDS RATE``. Prints the number of records. Nothing that was
rotated is ever deleted; ``watched`` rotates nothing and notices when somebody else does.
"""

from __future__ import annotations

import gzip
import logging
import shutil
import sys
import time
from logging.handlers import RotatingFileHandler, TimedRotatingFileHandler, WatchedFileHandler
from pathlib import Path


def _gzip(source: str, target: str) -> None:
    with Path(source).open("rb") as whole, gzip.open(target, "wb") as compressed:
        shutil.copyfileobj(whole, compressed)
    Path(source).unlink()


def file_handler(kind: str, path: str) -> logging.Handler:
    """Return the handler as the documentation of ``logging.handlers`` sets it up."""
    if kind == "size":
        return RotatingFileHandler(path, maxBytes=8_000, backupCount=1_000)
    if kind == "time":
        return TimedRotatingFileHandler(path, when="S", interval=1)
    if kind == "gzip":
        handler = TimedRotatingFileHandler(path, when="S", interval=1)
        handler.namer = "{}.gz".format
        handler.rotator = _gzip
        return handler
    return WatchedFileHandler(path)


def main() -> None:
    path, kind, seconds, rate = sys.argv[1:]
    logger = logging.getLogger("handler")
    handler = file_handler(kind, path)
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    logger.addHandler(handler)
    begin = time.monotonic()
    count = 0
    while (now := time.monotonic() - begin) < float(seconds):
        while count < now * float(rate):
            count += 1
            logger.warning("%s %d", kind, count)
        time.sleep(0.002)
    sys.stdout.write(str(count))


if __name__ == "__main__":
    main()
