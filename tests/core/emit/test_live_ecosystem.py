"""Services of three languages that log, are killed and started again, while a collector follows them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import loglama_core.emit
from loglama_core.formats.levels import severity_of_word
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import LogRecord, RecordFlag
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.emit.collecting import service_environment

EMIT = Path(loglama_core.emit.__file__).parent

PYTHON = """
import logging, sys
from loglama_core.emit import log_context, setup_logging
log = setup_logging("shop", version="1.0", max_bytes=60_000, backups=50)
number = int(sys.argv[1])
while True:
    with log_context(request_id=f"r{number}"):
        log.info("order paid", number=number, amount=number / 4, tags=["a", {"b": None}])
        logging.getLogger("shop.db").warning("slow query", extra={"number": number, "text": "żółw 🐢\\n" * 3})
    print(number, flush=True)
    number += 1
"""
NODE = """
import fs from "node:fs";
import { createLogger, withContext } from "./loglama.mjs";
const log = createLogger("web", { version: "2.0" });
for (let number = Number(process.argv[2]); ; number += 1) {
  const fields = { number, ratio: 0.5, nested: { a: [1] } };
  withContext({ request_id: `n${number}` }, () => log.error("request failed", fields));
  fs.writeSync(1, `${number}\\n`);
}
"""
SHELL = """
. ./functions
LOGLAMA_SERVICE=backup
number=$1
while :; do
  log_critical "copied \\"it\\" \\\\ all" number=$number size=1.5 "path=/srv/a b"
  echo $number
  number=$((number+1))
done
"""


class Service:
    """A service that says on its standard output which of its numbers it has logged."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self.told = -1

    def run_until_killed(self, records: int) -> None:
        """Start it, let it log some more records, kill it with -9 wherever it is."""
        command = [*self._command, str(self.told + 1)]
        with subprocess.Popen(
            command, cwd=self._folder, env=service_environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(records):
                line = process.stdout.readline()
                assert line.endswith("\n"), f"{command[0]} ended by itself"
                self.told = int(line)
            process.send_signal(signal.SIGKILL)
            rest = [line for line in process.stdout if line.endswith("\n")]
        self.told = max([self.told, *map(int, rest)])


def written_lines(folder: Path) -> list[dict[str, Any]]:
    lines = []
    for file in sorted((folder / "logs").glob("*.log*")):
        if file.name.startswith(("loglama", "log_collector")):
            continue
        for line in file.read_bytes().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue  # the line that a killed writer was at
    return lines


def stored(folder: Path) -> list[LogRecord]:
    with closing(SqliteReader(folder / "logs" / "loglama.db")) as reader:
        return [
            record
            for service in ("shop", "web", "backup")
            for record in reader.search(None, order="oldest")
            if record.service == service
        ]


@pytest.mark.skipif(not shutil.which("node"), reason="NOT PROVEN: node is not installed here")
def test_nothing_that_was_logged_is_lost_and_all_is_read_back_as_the_same(tmp_path: Path) -> None:
    shutil.copy(EMIT / "clients" / "loglama.js", tmp_path / "loglama.mjs")
    pieces = [(EMIT / "shell" / name).read_text() for name in ("log_line.sh", "functions.bash")]
    (tmp_path / "functions").write_text("".join(("__loglama_default_folder=logs\n", *pieces)))
    (tmp_path / "web.mjs").write_text(NODE)
    (tmp_path / "backup.sh").write_text(SHELL)
    (tmp_path / "logs").mkdir(mode=0o700)
    services = {
        "shop": Service([sys.executable, "-c", PYTHON], tmp_path),
        "web": Service(["node", "web.mjs"], tmp_path),
        "backup": Service(["bash", "backup.sh"], tmp_path),
    }
    collector = subprocess.Popen(
        [sys.executable, "-m", "loglama_tui", "log-collector", "run"],
        cwd=tmp_path,
        env=service_environment() | {"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:

        def live(service: Service) -> None:
            for records in (40, 3, 120):
                service.run_until_killed(records)

        threads = [threading.Thread(target=live, args=(service,)) for service in services.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        written = written_lines(tmp_path)
        deadline = time.monotonic() + 60
        while not (tmp_path / "logs" / "loglama.db").exists() or len(stored(tmp_path)) < len(written):
            assert collector.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        collector.send_signal(signal.SIGTERM)
        collector.wait(30)
    for name, service in services.items():
        numbers = {line["number"] for line in written if line["component"] == name}
        assert numbers >= set(range(service.told + 1)), f"{name} has lost what it had logged"
        assert max(numbers) <= service.told + 1

    stamps = StampReader(None, 0)
    own = ("timestamp", "level", "message", "component", "logger")
    expected = [
        (
            line["component"],
            line.get("logger"),
            line["message"],
            stamps.iso(line["timestamp"]),
            severity_of_word(line["level"]),
            {name: value for name, value in line.items() if name not in own},
        )
        for line in written
    ]
    read_back = [
        (record.service, record.logger, record.message, record.time_ns, record.severity, record.fields)
        for record in stored(tmp_path)
        if not record.flags & RecordFlag.UNPARSED  # the line that a killed writer was at
    ]
    assert sorted(map(repr, read_back)) == sorted(map(repr, expected))
