"""Faults 16 to 36 by the programs that rotate on real machines: logging.handlers, logrotate, svlogd, multilog.

A collector runs all the while and is killed now and then; each rotation of a writer that goes on writing is somebody
else's code, in its own order of renaming, copying, compressing and opening anew.
"""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.conftest import LogFolder

SERVICE = Path(__file__).with_name("handler_service.py")
SECONDS = 4.0
RATE = 1_500
SEED = 20_261_125


def _logs_by_handler(log_folder: LogFolder, kind: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SERVICE), str(log_folder.logs / f"{kind}.log"), kind, str(SECONDS), str(RATE)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _collect_with_kills(
    log_folder: LogFolder, writer: subprocess.Popen[str], each_turn: Callable[[], object] = lambda: None
) -> int:
    """Collect until the writer is done, by collectors that live about a second; returns how many lines it wrote."""
    rng = random.Random(SEED)
    while writer.poll() is None:
        daemon = log_folder.start_daemon()
        until = time.monotonic() + rng.uniform(0.4, 1.6)
        while time.monotonic() < until and writer.poll() is None:
            each_turn()
            time.sleep(0.2)
        log_folder.kill(daemon)
    written = writer.communicate()[0]
    assert writer.returncode == 0
    log_folder.collect()
    return int(written)


def _stored(log_folder: LogFolder) -> Counter[str]:
    return Counter(log_folder.messages())


@pytest.mark.parametrize("kind", ["size", "time", "gzip"])
def test_fault_16_to_18_the_standard_librarys_handlers(log_folder: LogFolder, kind: str) -> None:
    """``size`` renames every older file at each rotation, ``gzip`` compresses and deletes within the same call."""
    count = _collect_with_kills(log_folder, _logs_by_handler(log_folder, kind))
    assert _stored(log_folder) == Counter(f"{kind} {number}" for number in range(1, count + 1))


@pytest.mark.parametrize(
    "directives",
    [
        pytest.param(("nocreate",), id="renamed"),
        pytest.param(("nocreate", "compress"), id="compressed-at-once"),
        pytest.param(("nocreate", "compress", "delaycompress"), id="compressed-later"),
        pytest.param(("nocreate", "dateext", "dateformat -%Y%m%d-%s"), id="dated"),
        pytest.param(("nocreate", "olddir old"), id="moved-into-a-declared-folder"),
    ],
)
def test_fault_16_to_18_logrotate(log_folder: LogFolder, directives: Sequence[str]) -> None:
    declared = '[services.watched]\nlogs = ["logs/watched.log", "logs/old/watched.log*"]\n'
    (log_folder.folder / "loglama.toml").write_text(declared)
    rotate = _logrotate(log_folder, directives)
    count = _collect_with_kills(log_folder, _logs_by_handler(log_folder, "watched"), rotate)
    assert _stored(log_folder) == Counter(f"watched {number}" for number in range(1, count + 1))


def test_fault_21_to_23_logrotate_copies_and_truncates(log_folder: LogFolder) -> None:
    """What was written between the copy and the truncation logrotate itself destroys: it is in a gap, or was read."""
    rotate = _logrotate(log_folder, ("copytruncate",))
    count = _collect_with_kills(log_folder, _logs_by_handler(log_folder, "watched"), rotate)
    stored = _stored(log_folder)
    assert {text: times for text, times in stored.items() if times > 1} == {}, "duplicated"
    kept = "".join(path.read_text() for path in log_folder.logs.glob("watched.log*"))
    left = {line.split(" - ")[-1] for line in kept.splitlines() if line.count(" - ") == 3 and " watched " in line}
    assert left - stored.keys() == set(), "lost"
    assert len(stored) > count * 0.9


def _logrotate(log_folder: LogFolder, directives: Sequence[str]) -> Callable[[], object]:
    program = shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        pytest.skip("logrotate is not installed here: install it to prove its rotations")
    (log_folder.logs / "old").mkdir()
    config = log_folder.folder / "logrotate.conf"
    lines = "\n".join(("su root root", "rotate 1000", "missingok", *directives))
    config.write_text(f"{log_folder.logs}/watched.log {{\n{lines}\n}}\n")
    config.chmod(0o600)
    command = [program, "--force", "--state", str(log_folder.folder / "logrotate.state"), str(config)]
    seconds: set[int] = set()

    def rotate() -> None:
        now = int(time.time())
        if "dateext" not in directives or now not in seconds:  # it makes no second file of the same name
            seconds.add(now)
            subprocess.run(command, check=True, capture_output=True)

    return rotate


@pytest.mark.parametrize("program", ["svlogd", "multilog"])
def test_fault_36_loggers_that_rotate_to_names_of_their_own(log_folder: LogFolder, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here: install it to prove its rotations")
    folder = log_folder.logs / "piped"
    folder.mkdir()
    (log_folder.folder / "loglama.toml").write_text(
        '[services.piped]\nlogs = ["logs/piped/current", "logs/piped/@*"]\n'
    )
    command = ["svlogd", str(folder)] if program == "svlogd" else ["multilog", "s8000", "n1000", str(folder)]
    (folder / "config").write_text("s8000\nn0\n")
    logger = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
    assert logger.stdin is not None
    numbers = itertools.count(1)
    begin = time.monotonic()
    count = 0
    daemon = log_folder.start_daemon()
    while time.monotonic() < begin + SECONDS:
        while count < (time.monotonic() - begin) * RATE:
            count = next(numbers)
            logger.stdin.write(f"WARNING piped {count}\n")
        logger.stdin.flush()
        time.sleep(0.01)
    logger.communicate()
    log_folder.wait_for(lambda: len(log_folder.messages()) >= count)
    log_folder.stop(daemon)
    assert _stored(log_folder) == Counter(f"piped {number}" for number in range(1, count + 1))
