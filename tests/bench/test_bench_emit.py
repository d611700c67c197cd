"""What logging costs a service: a call beside its peers in one process, a line of a shell, the import at start-up."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import loglama_core.emit
from tests.core.emit.collecting import service_environment

EMIT = Path(loglama_core.emit.__file__).parent
BUDGET_US = 20.0
SHELL_BUDGET_MS = 2.0
IMPORT_BUDGET_MS = 60.0

CALLS = """
import json, logging, statistics, sys, time
import structlog
from loglama_core.emit import log_context, setup_logging
N, ROUNDS = 20_000, 5
FIELDS = dict(status=200, path="/api/v1/models", duration_ms=12.5, user="ann")
def of(logger):
    return lambda: logger.info("request finished", **FIELDS)
log = setup_logging("shop", version="1.0.0", max_bytes=10**9)
library = logging.getLogger("library")
library.propagate = False
ours = [handler for handler in logging.getLogger().handlers][0]
plain = logging.FileHandler("plain.log")
plain.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
def by(handler):
    def call():
        library.handlers[:] = [handler]
        library.info("request finished", extra=FIELDS)
    return call
printed = structlog.wrap_logger(
    structlog.PrintLogger(open("printed.log", "w", buffering=1)),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(20),
).bind()
calls = {
    "emit": of(log), "emit, below the level": lambda: log.debug("x", **FIELDS),
    "emit, in a request": of(log), "emit's handler": by(ours),
    "logging.FileHandler": by(plain), "structlog PrintLogger": of(printed),
}
times = {name: [] for name in calls}
for _ in range(ROUNDS):  # in turn, so that a busy moment of the machine meets all of them
    for name, call in calls.items():
        with log_context(**({"request_id": "r", "trace_id": "t"} if "request" in name else {})):
            begin = time.process_time()
            for _ in range(N): call()
            times[name].append((time.process_time() - begin) / N * 1e6)
print(json.dumps({name: min(values) for name, values in times.items()}))
"""


def test_a_call_beside_the_peers_in_the_same_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLS],
        cwd=tmp_path,
        env=service_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (tmp_path / "logs" / "shop.log").read_bytes().splitlines()
    assert len(lines) == 20_000 * 5 * 3
    for line in lines[::1000]:
        record = json.loads(line)
        assert (record["status"], record["user"], record["message"]) == (200, "ann", "request finished")
    microseconds = json.loads(done.stdout)
    print("\nCPU microseconds a call: " + ", ".join(f"{name} {value:.1f}" for name, value in microseconds.items()))
    assert microseconds["emit"] <= BUDGET_US
    assert microseconds["emit's handler"] <= BUDGET_US


@pytest.mark.parametrize(("kind", "program"), [("bash", "bash"), ("zsh", "zsh"), ("sh", "dash"), ("sh", "busybox")])
def test_a_line_of_a_shell(tmp_path: Path, kind: str, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    functions = "".join((EMIT / "shell" / name).read_text() for name in ("log_line.sh", f"functions.{kind}"))
    script = tmp_path / "script"
    body = 'log_info "backup of \\"$i\\" done" files=$i seconds=3.5 "path=/srv/a b"'
    script.write_text(
        f"__loglama_default_folder=logs\n{functions}\ni=0\nwhile [ $i -lt $1 ]; do {body}; i=$((i+1)); done\n"
    )
    command = ["busybox", "sh", str(script)] if program == "busybox" else [program, str(script)]

    def run(lines: int) -> float:
        begin = time.perf_counter()
        subprocess.run([*command, str(lines)], cwd=tmp_path, env=service_environment(), check=True)
        return time.perf_counter() - begin

    run(1)
    milliseconds = min((run(300) - run(0)) / 300 * 1000 for _ in range(3))
    records = [json.loads(line) for line in (tmp_path / "logs" / "script.log").read_bytes().splitlines()]
    assert len(records) == 901
    assert records[-1]["message"] == 'backup of "299" done'
    print(f"\n{program}: {milliseconds:.2f} ms a line")
    assert milliseconds <= SHELL_BUDGET_MS


def test_the_import_beside_structlogs_own(tmp_path: Path) -> None:
    script = "import sys, time\nbegin = time.perf_counter()\n{}\nprint((time.perf_counter() - begin) * 1000)"
    of = {
        "structlog": "import structlog",
        "setup_logging": "from loglama_core.emit import setup_logging; setup_logging('shop')",
        "LogLamaHandler": "from loglama_core.emit import LogLamaHandler; LogLamaHandler('shop')",
        "logging": "import logging, logging.config",
    }
    times: dict[str, list[float]] = {name: [] for name in of}
    for _ in range(11):
        for name, statement in of.items():
            done = subprocess.run(
                [sys.executable, "-c", script.format(statement)],
                cwd=tmp_path,
                env=service_environment(),
                capture_output=True,
                text=True,
                check=True,
            )
            times[name].append(float(done.stdout))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print("\nms to import: " + ", ".join(f"{name} {value:.0f}" for name, value in medians.items()))
    assert medians["setup_logging"] - medians["structlog"] <= IMPORT_BUDGET_MS
