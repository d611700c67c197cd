from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loglama_core.config.settings import load_settings
from loglama_core.emit.log_folder import log_folder
from tests.core.emit.collecting import collected, run_python, service_environment


def lines_of(folder: Path, service: str = "shop") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "logs" / f"{service}.log").read_text("utf-8").splitlines()]


def run(script: str, folder: Path) -> str:
    done = run_python(script, folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


TWO_LINES = """
from loglama_core.emit import setup_logging
log = setup_logging("shop", version="1.2.3")
"""


def test_two_lines_log_well_and_a_collector_reads_the_same_back(tmp_path: Path) -> None:
    script = f"""{TWO_LINES}
import time
before = time.time_ns()
log.debug("not shown")
log.info("order paid", order=1187, amount=9.5, customer={{"name": "Ann Łee"}}, tags=["a", "b"], ok=True, none=None)
log.warning("stock is %s", "low", item="lamp")
log.bind(user="ann").error("multi\\nline")
log.critical("")
print(before, time.time_ns())
"""
    before, after = map(int, run(script, tmp_path).split())
    records = collected(tmp_path)
    assert [(record.level, record.message) for record in records] == [
        ("info", "order paid"),
        ("warning", "stock is low"),
        ("error", "multi\nline"),
        ("critical", ""),
    ]
    assert records[0].fields == {
        "version": "1.2.3",
        "order": 1187,
        "amount": 9.5,
        "customer": {"name": "Ann Łee"},
        "tags": ["a", "b"],
        "ok": True,
        "none": None,
    }
    assert records[2].fields == {"version": "1.2.3", "user": "ann"}
    assert {(record.service, record.logger) for record in records} == {("shop", "shop")}
    times = [record.time_ns for record in records]
    assert before // 1000 * 1000 <= times[0] <= times[1] <= times[2] <= times[3] <= after
    assert {record.flags & ~8 for record in records} == {0}


def test_files_and_folders_are_made_private(tmp_path: Path) -> None:
    run(f"{TWO_LINES}log.info('x')", tmp_path)
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "logs" / "shop.log").stat().st_mode) == 0o600


def test_standard_logging_warnings_and_what_ends_program_and_thread_are_captured(tmp_path: Path) -> None:
    script = f"""{TWO_LINES}
import logging, threading, warnings
logging.getLogger("app.db").info("connected to %s", "db1", extra={{"pool": 5}})
logging.getLogger("app").debug("not shown")
warnings.simplefilter("always")
warnings.warn("old way", DeprecationWarning)
thread = threading.Thread(target=lambda: {{}}["missing"], name="worker")
thread.start(); thread.join()
raise RuntimeError("the end")
"""
    done = run_python(script, tmp_path)
    assert done.returncode == 1
    assert "RuntimeError: the end" in done.stderr
    assert "KeyError: 'missing'" in done.stderr
    info, warning, thread, end = collected(tmp_path)
    assert (info.level, info.logger, info.message, info.fields["pool"]) == ("info", "app.db", "connected to db1", 5)
    assert (warning.level, warning.logger) == ("warning", "py.warnings")
    assert "DeprecationWarning: old way" in warning.message
    assert (thread.level, thread.fields["thread"]) == ("critical", "worker")
    assert thread.fields["exception"] == {
        "type": "KeyError",
        "message": "'missing'",
        "frame": "<string>:10 in <lambda>",
    }
    assert end.message.startswith("uncaught RuntimeError\nTraceback (most recent call last):")
    assert end.message.endswith("RuntimeError: the end")


def test_an_exception_is_structured_and_its_traceback_is_read_as_the_message(tmp_path: Path) -> None:
    script = f"""{TWO_LINES}
import logging
try:
    try:
        {{}}["missing"]
    except KeyError as error:
        raise OSError(5, "disk") from error
except OSError as error:
    log.exception("lookup failed", key=7)
    log.error("by instance", exc_info=error)
    logging.getLogger("std").exception("by logging")
log.error("none there", exc_info=True)
"""
    run(script, tmp_path)
    *failed, none = collected(tmp_path)
    assert [record.message.partition("\n")[0] for record in failed] == ["lookup failed", "by instance", "by logging"]
    for record in failed:
        assert record.fields["exception"] == {
            "type": "OSError",
            "message": "[Errno 5] disk",
            "frame": "<string>:10 in <module>",
        }
        assert "KeyError: 'missing'" in record.message
        assert "The above exception was the direct cause" in record.message
    assert (none.message, "exception" in none.fields) == ("none there", False)


def test_called_twice_it_changes_what_differs_and_nothing_is_written_twice(tmp_path: Path) -> None:
    script = """
import logging, sys
from loglama_core.emit import setup_logging
own = logging.StreamHandler(sys.stdout)
logging.getLogger().addHandler(own)
first = setup_logging("shop")
first.debug("hidden")
second = setup_logging("shop", level="DEBUG", version="2", region="eu")
first.debug("by the first logger")
logging.getLogger("lib").debug("by logging")
print([type(handler).__name__ for handler in logging.getLogger().handlers], own in logging.getLogger().handlers)
"""
    out = run(script, tmp_path)
    assert "['StreamHandler', 'LogLamaHandler'] True" in out
    assert "by logging" in out
    assert [(line["message"], line["version"], line["region"]) for line in lines_of(tmp_path)] == [
        ("by the first logger", "2", "eu"),
        ("by logging", "2", "eu"),
    ]


def test_structlog_loggers_of_other_modules_go_to_the_same_file_under_their_names(tmp_path: Path) -> None:
    script = f"""
import structlog
before = structlog.get_logger("app.early")
{TWO_LINES}
before.info("made before")
structlog.get_logger().info("without a name")
structlog.contextvars.bind_contextvars(request_id="r1")
structlog.get_logger("app.late").info("in a context")
"""
    run(script, tmp_path)
    records = collected(tmp_path)
    assert [(record.logger, record.message) for record in records] == [
        ("app.early", "made before"),
        ("shop", "without a name"),
        ("app.late", "in a context"),
    ]
    assert records[2].fields == {"version": "1.2.3", "request_id": "r1"}


def test_the_hosts_structlog_configuration_can_be_kept(tmp_path: Path) -> None:
    script = """
import structlog
structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
from loglama_core.emit import setup_logging
log = setup_logging("shop", configure_structlog=False)
structlog.get_logger().info("to the host")
log.info("to the file")
"""
    assert "event='to the host'" in run(script, tmp_path)
    assert [line["message"] for line in lines_of(tmp_path)] == ["to the file"]


def test_names_a_line_needs_itself_do_not_collide(tmp_path: Path) -> None:
    script = f"""{TWO_LINES}
log.info("m", timestamp="t", level="l", message="n", event="e", name="Ann", self=1, method_name="GET", msg="x")
log.info("own", component="checkout", logger="app.pay", version="9")
log.info("odd", component=5, logger=None)
"""
    run(script, tmp_path)
    first, second, third = collected(tmp_path)
    assert first.message == "m"
    assert first.fields == {
        "version": "1.2.3", "timestamp_": "t", "level_": "l", "message_": "n", "event_": "e", "name": "Ann", "self": 1,
        "method_name": "GET", "msg": "x",
    }  # fmt: skip
    assert (second.service, second.logger, second.fields) == ("checkout", "app.pay", {"version": "9"})
    assert (third.service, third.logger) == ("shop", "shop")
    assert third.fields == {"version": "1.2.3", "component_": 5, "logger_": None}


def test_levels_between_the_names_keep_their_rank(tmp_path: Path) -> None:
    script = f"""{TWO_LINES}
import logging
logging.addLevelName(25, "NOTICE")
logging.log(25, "between")
log.log(35, "above warning")
log.trace("never shown")
log.is_enabled_for(10) or log.info("asked")
"""
    run(script, tmp_path)
    assert [(record.level, record.severity) for record in collected(tmp_path)] == [
        ("info", 11), ("warning", 15), ("info", 9),
    ]  # fmt: skip


@pytest.mark.parametrize("service", ["../../etc/passwd", "a b/c", "..", "x" * 300, "łódź", ""])
def test_a_service_name_never_leaves_the_folder(tmp_path: Path, service: str) -> None:
    """Security 21."""
    script = "import sys\nfrom loglama_core.emit import setup_logging\nsetup_logging(sys.argv[1]).info('x')"
    done = run_python(script, tmp_path, service)
    assert (done.returncode, done.stderr) == (0, "")
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.parent == tmp_path / "logs"
    assert json.loads(file.read_text("utf-8"))["component"] == service


def test_an_unknown_level_is_refused_at_once(tmp_path: Path) -> None:
    done = run_python("from loglama_core.emit import setup_logging\nsetup_logging('shop', level='loud')", tmp_path)
    assert "ValueError: level 'loud' is not one of trace, debug, info, warning, error, critical" in done.stderr


def test_a_logger_can_go_to_a_spawned_process(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(
        "import multiprocessing\n"
        "from loglama_core.emit import setup_logging\n"
        "def work(log): log.info('from the child', n=2)\n"
        "if __name__ == '__main__':\n"
        "    log = setup_logging('shop').bind(job=7)\n"
        "    log.info('from the parent')\n"
        "    child = multiprocessing.get_context('spawn').Process(target=work, args=(log,))\n"
        "    child.start(); child.join()\n"
        "    raise SystemExit(child.exitcode)\n"
    )
    subprocess.run([sys.executable, "service.py"], cwd=tmp_path, env=service_environment(), check=True, timeout=60)
    assert [(line["message"], line.get("job")) for line in lines_of(tmp_path)] == [
        ("from the parent", 7), ("from the child", 7),
    ]  # fmt: skip


def test_a_terminal_shows_events_for_a_person_and_obeys_none_of_them(tmp_path: Path) -> None:
    script = f"""
import io, sys
class Terminal(io.StringIO):
    def isatty(self): return True
sys.stderr = Terminal()
{TWO_LINES}
log.info("evil \\x1b]0;title\\x07 text", path="\\x1b[2J/x", ok=1)
try: 1/0
except ZeroDivisionError: log.exception("boom \\u202e")
print(sys.stderr.getvalue())
"""
    out = run(script, tmp_path)
    assert "\\x1b]0;title\\x07 text" in out
    assert "\\x1b[2J/x" in out
    assert "boom \\u202e" in out
    assert "ZeroDivisionError: division by zero" in out
    assert "\x1b]0" not in out
    assert "\x1b[2J" not in out
    assert len(lines_of(tmp_path)) == 2


def test_with_a_handler_of_the_host_the_console_is_left_to_it(tmp_path: Path) -> None:
    script = f"""
import io, logging, sys
class Terminal(io.StringIO):
    def isatty(self): return True
terminal = sys.stderr = Terminal()
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
{TWO_LINES}
log.info("to the file")
logging.info("to both")
assert terminal.getvalue() == "", terminal.getvalue()
"""
    assert run(script, tmp_path) == "to both\n"
    assert [line["message"] for line in lines_of(tmp_path)] == ["to the file", "to both"]


@pytest.mark.parametrize(
    ("environment", "env_file", "toml"),
    [
        ({"LOGLAMA_LOG_DIR": "from-env"}, "LOGLAMA_LOG_DIR=from-file\n", '[loglama]\nlog_dir = "from-toml"\n'),
        ({}, "A=1\nexport LOGLAMA_LOG_DIR = 'from file' # here\nLOGLAMA_LOG_DIRX=no\n", ""),
        ({}, '\ufeffLOGLAMA_LOG_DIR="${HOME}/x"\r\n', ""),
        ({}, "LOGLAMA_LOG_DIR=${ABSENT:-fallback}/x\n", ""),
        ({}, "LOGLAMA_LOG_DIR=a\nLOGLAMA_LOG_DIR=b # last\n", ""),
        ({}, "#LOGLAMA_LOG_DIR=a\n", '[loglama]\nlog_dir = "~/from-toml"\n'),
        ({}, "LOGLAMA_LOG_DIR=/abs/../olute/\n", ""),
        ({}, "", ""),
    ],
)
def test_the_folder_is_the_one_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], env_file: str, toml: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGLAMA_LOG_DIR", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if env_file:
        (tmp_path / ".env").write_bytes(env_file.encode())
    if toml:
        (tmp_path / "loglama.toml").write_text(toml)
    assert log_folder() == str(load_settings(environ=os.environ).log_dir)
