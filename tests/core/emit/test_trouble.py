"""What goes wrong around a service costs it records at worst, counted and told, and never an exception."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.core.emit.collecting import collected, run_python

SET_UP = "from loglama_core.emit import setup_logging, lost_records\nlog = setup_logging('shop')\n"


def run(script: str, folder: Path, *, warnings: int = 0) -> str:
    done = run_python(SET_UP + script, folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("loglama: ") == len(done.stderr.splitlines()) == warnings, done.stderr
    return done.stdout


def lines_of(folder: Path, name: str = "shop.log") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "logs" / name).read_bytes().splitlines() if line]


def test_a_full_disk_loses_what_it_cannot_take_counts_it_and_tells_so_when_it_can_again(tmp_path: Path) -> None:
    """A limit of the file's size gives a short write and then EFBIG, as a full disk does with ENOSPC."""
    script = """
import resource
log.info("first")
resource.setrlimit(resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
for number in range(10):
    log.info("in want of space", number=number)
print(lost_records())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.info("last")
"""
    lost = int(run(script, tmp_path, warnings=1))
    assert 0 < lost < 10
    records = collected(tmp_path)
    whole = [record for record in records if "unparsed" not in str(record.flags) and record.logger]
    assert [record.message for record in whole[:1]] == ["first"]
    assert [record.fields["number"] for record in whole if "number" in record.fields] == list(range(10 - lost))
    assert whole[-2].fields["lost_records"] == lost
    assert re.fullmatch(rf"{lost} records were lost: .*", whole[-2].message)
    assert (whole[-2].level, whole[-1].message) == ("warning", "last")


def test_a_folder_that_vanishes_is_made_again(tmp_path: Path) -> None:
    script = """
import shutil
log.info("first")
shutil.rmtree("logs")
log.info("second")
"""
    run(script, tmp_path)
    assert [line["message"] for line in lines_of(tmp_path)] == ["second"]


@pytest.mark.parametrize(
    ("obstacle", "reason"),
    [
        ("open('logs', 'w').close()", "File exists|Not a directory"),
        ("os.mkdir('logs'); os.mkfifo('logs/shop.log')", "No such device|not a regular file"),
        ("os.mkdir('logs'); os.symlink('/etc/hostname', 'logs/shop.log')", "symbolic link"),
        ("os.makedirs('logs/shop.log')", "directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_once_and_taken_when_it_can(
    tmp_path: Path, obstacle: str, reason: str
) -> None:
    """Security 21: a link planted under the log's name is not followed, a FIFO does not block."""
    script = f"""
import os, shutil, time
{obstacle}
for number in range(50):
    log.info("lost", number=number)
assert lost_records() == 50
if os.path.isdir("logs"): shutil.rmtree("logs")
else: os.unlink("logs")
deadline = time.monotonic() + 30
while not os.path.exists("logs/shop.log"):
    log.info("tried again")
    assert time.monotonic() < deadline
    time.sleep(0.05)
"""
    before = Path("/etc/hostname").read_bytes() if Path("/etc/hostname").exists() else b""
    done = run_python(SET_UP + script, tmp_path)
    assert done.returncode == 0, done.stderr
    (warning,) = done.stderr.splitlines()
    assert re.search(reason, warning)
    told, tried = lines_of(tmp_path)
    assert told["lost_records"] >= 50
    assert tried["message"] == "tried again"
    if before:
        assert Path("/etc/hostname").read_bytes() == before


HOSTILE = """
import decimal, enum, pathlib, types, uuid, datetime, collections
class Raises:
    def __str__(self): raise RuntimeError("no")
    __repr__ = __str__
class Proxy:
    @property
    def __class__(self): raise RuntimeError("outside of a request")
class Odd(dict):
    def items(self): raise RuntimeError("odd")
class Text(str):
    def __str__(self): raise RuntimeError("odd")
class Colour(enum.Enum):
    RED = 1
circle = []; circle.append(circle)
deep = 1
for _ in range(5000): deep = [deep]
values = dict(
    raises=Raises(), proxy=Proxy(), odd=Odd(a=1), text=Text("t"), circle=circle, deep=deep, nan=float("nan"),
    inf=float("-inf"), surrogate="a\\ud800b", nul="a\\0b", data=b"\\xff\\x00", huge=10**30, colour=Colour.RED,
    path=pathlib.Path("/x"), id=uuid.UUID(int=1), price=decimal.Decimal("9.90"), when=datetime.datetime(2026, 1, 2),
    many=frozenset({1, 2}), keys={1: "a", None: "b", (1, 2): "c", "\\ud800": "d"},
    mapping=types.MappingProxyType({"a": 1}),
    counter=collections.Counter("aa"), function=len, error=ValueError("v"), wide={str(n): n for n in range(3000)},
    generator=(n for n in "ab"), escape="\\x1b[31m", quote='"\\\\', line="\\u2028",
)
"""


def test_no_value_whatever_costs_more_than_itself(tmp_path: Path) -> None:
    script = f"""{HOSTILE}
import logging
for name, value in values.items():
    log.info("one", which=name, value=value, beside="kept")
    log.info(value)
    log.info("%s", value)
    shown = [] if name == "proxy" else [value]  # logging itself raises for this one before any handler is asked
    logging.info("std %s" if shown else "std", *shown, extra={{"value": value, "beside": "kept"}})
    logging.warning(value)
log.info("all", **values)
log.info("too %d for %s", "x")
logging.info("too %d", "x", extra={{"beside": "kept"}})
logging.info("too few %s %s", 1)
assert lost_records() == 0
print(len(values))
"""
    count = int(run(script, tmp_path))
    lines = lines_of(tmp_path)
    assert len(lines) == count * 5 + 4
    assert all(line["level"] in {"info", "warning"} for line in lines)
    assert all(line["beside"] == "kept" for line in lines if line["message"] == "one")
    shown = {line["which"]: line["value"] for line in lines if line["message"] == "one"}
    assert shown["price"] == "9.90"
    assert shown["path"] == "/x"
    assert shown["when"] == "2026-01-02T00:00:00"
    assert shown["surrogate"] == "a\\ud800b"
    assert shown["nan"] == "nan"
    assert shown["mapping"] == {"a": 1}
    assert shown["huge"] == 10**30
    assert shown["raises"] == "<Raises: RuntimeError while it was turned into text>"
    records = collected(tmp_path)
    assert len(records) == len(lines)
    assert not [record for record in records if record.flags & 16], "a line no format understood"
    assert {record.service for record in records} == {"shop"}


def test_a_line_is_never_longer_than_a_collector_keeps_whole(tmp_path: Path) -> None:
    script = """
log.info("m" * 3_000_000, field="kept")
log.info("many long texts", **{f"f{n}": "x" * 90_000 for n in range(50)})
log.info("a long field", text="y" * 3_000_000, n=1)
log.info("whole", text="z" * 500_000)
"""
    run(script, tmp_path)
    raw = (tmp_path / "logs" / "shop.log").read_bytes().splitlines()
    assert max(map(len, raw)) <= 1_000_000
    message, many, field, whole = collected(tmp_path)
    assert (message.level, message.fields["field"]) == ("info", "kept")
    assert many.fields["f49"].startswith("xxx")
    assert field.fields["text"].endswith("more characters)")
    assert field.fields["n"] == 1
    assert whole.fields["text"] == "z" * 500_000


def test_a_processor_of_the_host_that_raises_costs_the_fields_only(tmp_path: Path) -> None:
    script = """
import structlog
def bad(logger, method, pairs): raise RuntimeError("bad processor")
structlog.configure(processors=[bad])
structlog.get_logger().info("kept", a=1)
"""
    run(script, tmp_path)
    assert [(line["message"], line["left_out"]) for line in lines_of(tmp_path)] == [
        ("kept", "fields: RuntimeError in a processor")
    ]


def test_fields_that_another_thread_changes_meanwhile_are_no_trouble(tmp_path: Path) -> None:
    script = """
import threading
shared, done = {}, False
def change():
    n = 0
    while not done:
        n += 1
        shared[str(n % 50)] = n
        shared.pop(str((n * 7) % 50), None)
thread = threading.Thread(target=change); thread.start()
for number in range(3000):
    log.info("shared", number=number, shared=shared)
done = True; thread.join()
"""
    run(script, tmp_path)
    assert [line["number"] for line in lines_of(tmp_path)] == list(range(3000))


def test_a_fork_and_its_threads_go_on_logging(tmp_path: Path) -> None:
    """A lock that another thread held at the moment of the fork would hang the child for good."""
    script = """
import logging, os, threading, time
stop = False
def busy():
    while not stop:
        logging.info("by a thread"); log.info("by a thread")
threads = [threading.Thread(target=busy) for _ in range(4)]
for thread in threads: thread.start()
children = []
for number in range(20):
    pid = os.fork()
    if pid == 0:
        log.info("child", number=number); logging.info("child", extra={"number": number})
        os._exit(0)
    children.append(pid)
deadline = time.monotonic() + 30
for pid in children:
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline, "a child hangs"
        time.sleep(0.01)
stop = True
for thread in threads: thread.join()
"""
    script = f"import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n{SET_UP}{script}"
    done = run_python(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    numbers = [line["number"] for line in lines_of(tmp_path) if line["message"] == "child"]
    assert sorted(numbers) == sorted([*range(20), *range(20)])


def test_logging_while_the_interpreter_ends_is_kept(tmp_path: Path) -> None:
    script = """
import atexit, logging, threading, sys
class Late:
    def __del__(self): log.info("collected at the end")
keep = Late()
sys.modules["keep"] = keep
atexit.register(lambda: log.info("at exit"))
atexit.register(lambda: logging.info("at exit, by logging"))
log.info("before the end")
"""
    run(script, tmp_path)
    messages = [line["message"] for line in lines_of(tmp_path)]
    assert messages[:3] == ["before the end", "at exit, by logging", "at exit"]
    assert messages[3:] in ([], ["collected at the end"])


def test_each_task_has_its_own_context(tmp_path: Path) -> None:
    script = """
import asyncio
from loglama_core.emit import log_context
async def request(number):
    with log_context(request_id=f"r{number}"):
        await asyncio.sleep(0)
        await log.ainfo("inside", number=number)
        with log_context(step=2):
            log.info("deeper", number=number)
    log.info("outside", number=number)
async def main(): await asyncio.gather(*map(request, range(20)))
asyncio.run(main())
"""
    run(script, tmp_path)
    for line in lines_of(tmp_path):
        inside = line["message"] != "outside"
        assert line.get("request_id") == (f"r{line['number']}" if inside else None)
        assert ("step" in line) == (line["message"] == "deeper")


def test_a_program_that_closes_what_it_does_not_know_keeps_its_sockets_clean(tmp_path: Path) -> None:
    """A daemon closes all descriptors; the number of the log may then be a socket's."""
    script = """
import os, socket
log.info("first")
os.closerange(3, 64)
ends = socket.socketpair()
others = [os.open("/dev/null", os.O_RDONLY) for _ in range(8)]
log.info("second")
ends[0].setblocking(False)
for end in ends:
    end.setblocking(False)
    try: raise SystemExit(f"a log line in a socket: {end.recv(100)}")
    except BlockingIOError: pass
log.info("third")
ends[0].send(b"alive"); assert ends[1].recv(10) == b"alive"
for end in ends: end.close()
"""
    run(script, tmp_path)
    assert [line["message"] for line in lines_of(tmp_path)] == ["first", "second", "third"]


def test_a_daemon_that_changes_its_folder_writes_on_into_the_same_file(tmp_path: Path) -> None:
    run("import os\nlog.info('first')\nos.chdir('/')\nlog.info('second')", tmp_path)
    assert [line["message"] for line in lines_of(tmp_path)] == ["first", "second"]


def test_standard_error_that_is_closed_or_gone_is_no_trouble(tmp_path: Path) -> None:
    script = """
import sys
open("logs", "w").close()
sys.stderr.close()
log.info("lost")
sys.stderr = None
log.info("lost")
setup_logging("shop", console=True).info("lost")
sys.exit(0 if lost_records() == 3 else 1)
"""
    assert run_python(SET_UP + script, tmp_path).returncode == 0


def test_a_torn_last_line_of_a_killed_writer_does_not_spoil_the_next(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "shop.log").write_bytes(b'{"timestamp":"2026-11-01T00:00:00.000000Z","level":"info","mess')
    run("log.info('whole')", tmp_path)
    assert [record.message for record in collected(tmp_path)][-1] == "whole"


def test_a_signal_handler_that_logs_inside_a_log_call_does_not_hang(tmp_path: Path) -> None:
    script = """
import os, signal
seen = 0
def handler(*_):
    global seen
    seen += 1
    log.info("in the handler")
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
written = 0
while seen < 200:
    log.info("in the program"); written += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(written + seen)
"""
    assert int(run(script, tmp_path)) == len(lines_of(tmp_path))
