"""The clients of other languages, run by the real interpreters; one that is missing here is said aloud."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import loglama_core.emit
from tests.core.emit.collecting import collected

CLIENTS = Path(loglama_core.emit.__file__).parent / "clients"
DRIVERS = Path(__file__).parent / "clients"
INTERPRETERS = {"js": "node", "php": "php", "rb": "ruby", "go": "go"}
OTHER_NAME = {"js": "driver.mjs"}


class Client:
    """A driver beside a copy of the client, in a folder where nothing else is."""

    def __init__(self, language: str, command: list[str], folder: Path) -> None:
        self.language = language
        self.folder = folder
        self._command = command
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "Europe/Warsaw", "LANG": "C.UTF-8"}

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*self._command, *arguments], cwd=self.folder, env=self.environment, **options)

    def run(self, *arguments: str) -> tuple[str, str]:
        with self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        return out.decode(), err.decode()

    def lines(self, service: str = "shop") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "logs" / f"{service}.log").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Language -> command of its driver; Go's is built once."""
    made: dict[str, list[str]] = {}
    for language, interpreter in INTERPRETERS.items():
        if shutil.which(interpreter) is None:
            continue
        folder = tmp_path_factory.mktemp(language)
        driver = folder / OTHER_NAME.get(language, f"driver.{language}")
        shutil.copy(DRIVERS / driver.name, driver)
        if language == "go":
            (folder / "loglama").mkdir()
            shutil.copy(CLIENTS / "loglama.go", folder / "loglama")
            (folder / "go.mod").write_text("module driver\n\ngo 1.18\n")
            environment = os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(folder / "cache")}
            subprocess.run(["go", "build", "-o", "driver", "."], cwd=folder, env=environment, check=True, timeout=300)
            made[language] = [str(folder / "driver")]
            continue
        shutil.copy(CLIENTS / f"loglama.{language}", folder)
        if language == "js":
            (folder / "package.json").write_text('{"type": "module"}')
        made[language] = [interpreter, str(driver)]
    return made


@pytest.fixture(params=INTERPRETERS)
def client(request: pytest.FixtureRequest, commands: dict[str, list[str]], tmp_path: Path) -> Client:
    if request.param not in commands:
        pytest.skip(f"NOT PROVEN: {INTERPRETERS[request.param]} is not installed here")
    return Client(request.param, commands[request.param], tmp_path)


def test_what_is_logged_is_read_back_as_the_same(client: Client) -> None:
    assert client.run("scenario") == ("", "")
    raw = (client.folder / "logs" / "shop.log").read_bytes().splitlines()
    assert max(map(len, raw)) <= 1_000_000
    assert stat.S_IMODE((client.folder / "logs" / "shop.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((client.folder / "logs").stat().st_mode) == 0o700
    records = collected(client.folder)
    assert len(records) == len(raw)
    assert not [record for record in records if record.flags & ~8], "a line that a collector did not understand"
    plain, *rest = records
    assert (plain.level, plain.message, plain.service) == ("info", "plain", "shop")
    fields = {
        "version": "1.2.3", "n": 1, "ratio": 0.5, "ok": True, "none": None, "text": 'zażółć "q" \\ \n 🦙',
        "list": [1, 2, {"a": 1}], "nested": {"a": {"b": 1}},
    }  # fmt: skip
    assert plain.fields == fields
    levels, rest = rest[:5], rest[5:]
    assert [record.level for record in levels] == ["debug", "info", "warning", "error", "critical"]
    assert [record.message for record in levels] == [f"at {record.level}" for record in levels]
    reserved, failed, bound, *hostile = rest
    assert (reserved.service, reserved.logger, reserved.message) == ("other", "app.pay", "reserved")
    assert reserved.fields == {"version": "1.2.3", "timestamp_": "t", "level_": "l", "message_": "m"}
    assert failed.message.startswith("failed")
    assert failed.fields["key"] == 7
    assert "out" in failed.fields["exception"]["message"]
    if client.language != "go":  # an error of Go has no trace
        assert "driver." in failed.fields["exception"]["frame"]
        assert "Range" in failed.message
        assert "driver." in failed.message
    assert bound.fields == {"version": "1.2.3", "user": "ann", "n": 2}
    by_name = {record.fields["which"]: record.fields for record in hostile if record.message == "hostile"}
    assert len(by_name) >= 10
    assert all(found["beside"] == "kept" for found in by_name.values())
    assert by_name["bad"]["value"] in {"a\\xffb", "a\\ud800b"}
    assert str(by_name["nan"]["value"]).lower() == "nan"
    assert str(by_name["huge"]["value"]).startswith("xxx")


def test_times_are_utc_and_now(client: Client) -> None:
    before = time.time_ns()
    client.run("many", "0", "1")
    (record,) = collected(client.folder)
    assert before - 1_000_000 <= record.time_ns <= time.time_ns()


def test_several_processes_write_whole_lines_into_one_file(client: Client) -> None:
    writers = [client.start("many", str(who), "300") for who in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert Counter((line["who"], line["number"]) for line in client.lines()) == Counter(
        (who, number) for who in range(4) for number in range(300)
    )


def test_rotation_by_others_is_followed_and_kill_9_loses_nothing_written(client: Client) -> None:
    log = client.folder / "logs" / "shop.log"
    with client.start("forever", stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(50)]
        log.rename(log.with_name("shop.log.1"))
        deadline = time.monotonic() + 30
        while not log.exists() or not log.stat().st_size:
            told.append(writer.stdout.readline())
            assert time.monotonic() < deadline, "the new file has not been begun"
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
    last = max(int(line) for line in told if line.endswith(b"\n"))
    both = log.with_name("shop.log.1").read_bytes() + log.read_bytes()
    numbers = [json.loads(line)["number"] for line in both.splitlines()]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) - 1 in {last, last + 1}


@pytest.mark.parametrize("obstacle", ["file", "fifo", "link", "folder"])
def test_a_log_that_cannot_be_written_is_told_once_counted_and_no_error(client: Client, obstacle: str) -> None:
    logs = client.folder / "logs"
    if obstacle == "file":
        logs.touch()
    else:
        logs.mkdir()
        target = logs / "shop.log"
        if obstacle == "fifo":
            os.mkfifo(target)
        elif obstacle == "link":
            target.symlink_to("/etc/hostname")
        else:
            target.mkdir()
    out, err = client.run("trouble")
    assert out == "20\n"
    (warning,) = err.splitlines()
    assert "shop.log cannot be written: " in warning


@pytest.mark.parametrize("service", ["../../x y", "..", ""])
def test_a_service_name_never_leaves_the_folder(client: Client, service: str) -> None:
    """Security 21."""
    client.environment["SERVICE"] = service
    client.run("many", "0", "1")
    (file,) = [path for path in client.folder.rglob("*") if path.is_file()]
    assert file.parent == client.folder / "logs"
    assert not file.name.startswith(".")
    if service:
        assert json.loads(file.read_bytes())["component"] == service


def test_a_torn_last_line_of_a_killed_writer_does_not_spoil_the_next(client: Client) -> None:
    (client.folder / "logs").mkdir()
    (client.folder / "logs" / "shop.log").write_bytes(
        b'{"timestamp":"2026-11-01T00:00:00.000000Z","level":"info","mess'
    )
    client.run("many", "0", "1")
    assert [record.message for record in collected(client.folder)][-1] == "written"


@pytest.mark.parametrize("language", ["js", "go"])
def test_requests_are_logged_with_their_ids(commands: dict[str, list[str]], tmp_path: Path, language: str) -> None:
    if language not in commands:
        pytest.skip(f"NOT PROVEN: {INTERPRETERS[language]} is not installed here")
    client = Client(language, commands[language], tmp_path)
    with client.start("server", stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/ok?token=secret", headers={"X-Request-ID": "r-1", "traceparent": trace}
            )
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the address above
                assert answer.headers["x-request-id"] == "r-1"
            with pytest.raises(urllib.error.HTTPError) as failed:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/boom", timeout=30)
            failed.value.close()
            if language == "js":
                with pytest.raises(TimeoutError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/slow", timeout=0.2)
            deadline = time.monotonic() + 30
            while len(done := [line for line in client.lines() if "status" in line]) < (3 if language == "js" else 2):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        finally:
            server.kill()
    ok, boom, *slow = done
    inside = next(line for line in client.lines() if line["message"] == "inside")
    assert (ok["level"], ok["message"], ok["path"], ok["status"]) == ("info", "request finished GET /ok", "/ok", 200)
    assert (ok["logger"], ok["client"], ok["parent_span_id"]) == ("loglama.request", "127.0.0.1", "00f067aa0ba902b7")
    ids = ("request_id", "trace_id", "span_id")
    assert [inside[key] for key in ids] == [ok[key] for key in ids]
    assert (ok["request_id"], ok["trace_id"]) == ("r-1", "4bf92f3577b34da6a3ce929d0e0e4736")
    assert (boom["level"], boom["status"]) == ("error", 500)
    assert [(line["level"], line["status"]) for line in slow] == ([("warning", 499)] if language == "js" else [])
    assert "secret" not in ok["message"] + ok["path"]
