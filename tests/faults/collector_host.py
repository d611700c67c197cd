"""A process that collects many folders, one after the other: a collector started anew for each case takes minutes.

Reads lines of JSON: ``{"environment": {…}, "folder": …}`` starts the collector's loop on a folder, ``null`` ends it.
Answers each with the line ``null``.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from loglama_core.collector import collect_loop
from loglama_core.collector.collect_loop import CollectLoop
from loglama_core.config.settings import load_settings


def main() -> None:
    collect_loop.SCAN_INTERVAL_S = 0.05  # instead of a second: the same work, waited for less
    loop: CollectLoop | None = None
    thread: threading.Thread | None = None
    for line in sys.stdin:
        given = json.loads(line)
        if given is not None:
            settings = load_settings(environ=given["environment"], folder=Path(given["folder"]))
            loop = CollectLoop(settings, kind="daemon")
            thread = threading.Thread(target=loop.run)
            thread.start()
        elif loop is not None and thread is not None:
            loop.stop()
            thread.join()
        sys.stdout.write("null\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
