"""A service without a port: text lines with tracebacks on standard error, ready when it says so.

``python worker_service.py NAME [FAULT…]``, faults as in ``http_service.py``: ``exit=``, ``exit-after=``.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time


def main() -> None:
    name = sys.argv[1]
    faults = dict(word.partition("=")[::2] for word in sys.argv[2:])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logger = logging.getLogger(f"{name}.worker")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if "exit" in faults:
        logger.error("no queue to work on")
        sys.exit(int(faults["exit"]))
    if "exit-after" in faults:
        seconds, _, code = faults["exit-after"].partition(":")
        threading.Timer(float(seconds), lambda: os._exit(int(code))).start()
    time.sleep(0.05)
    try:
        os.environ["NO_SUCH_QUEUE"]
    except KeyError:
        logger.exception("connecting again")
    logger.info("%s is ready for work", name)
    while True:
        time.sleep(0.5)
        logger.info("nothing to do")


main()
