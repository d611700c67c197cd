"""A small HTTP service: JSON lines on standard output, ``/health``, and the faults it is told to have.

``python http_service.py NAME PORT [FAULT…]``. Faults: ``slow=SECONDS`` to listen, ``hang`` (accepts, never answers),
``exit=CODE`` at once, ``exit-after=SECONDS:CODE``, ``ignore-term``, ``flood`` (10,000 lines a second), ``sick`` (503),
``worker`` (leaves a child that ignores SIGTERM in a session of its own).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def log(level: str, message: str, **fields: object) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1_000_000 % 1000:03}Z"
    print(json.dumps({"timestamp": stamp, "level": level, "message": message, **fields}), flush=True)


def main() -> None:
    name, port = sys.argv[1], int(sys.argv[2])
    faults = dict(word.partition("=")[::2] for word in sys.argv[3:])
    log("info", f"{name} is starting", pid=os.getpid(), key_is_set="OPENAI_API_KEY" in os.environ)
    if "exit" in faults:
        print(f"{name}: no configuration", file=sys.stderr, flush=True)
        sys.exit(int(faults["exit"]))
    if "ignore-term" in faults:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if "worker" in faults:
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    if "exit-after" in faults:
        seconds, _, code = faults["exit-after"].partition(":")
        threading.Timer(float(seconds), lambda: os._exit(int(code))).start()
    time.sleep(float(faults.get("slow", 0)))
    if "flood" in faults:
        threading.Thread(target=flood, daemon=True).start()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "hang" in faults:
                time.sleep(600)
            status = 503 if "sick" in faults else 200
            self.send_response(status)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\n")

        def log_message(self, *_: object) -> None:
            log("debug", "request", path=self.path)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    log("info", f"{name} is listening", port=port)
    server.serve_forever()


def flood() -> None:
    number = 0
    while True:
        for _ in range(1000):
            number += 1
            log("info", "flood", number=number)
        time.sleep(0.1)


main()
