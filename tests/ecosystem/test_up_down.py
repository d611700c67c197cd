"""Services started in order and stopped: real processes, a real supervisor."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.ecosystem.ecosystem import DEADLINE_S, NAMES, NODE, Ecosystem, listening, wait_for


def test_five_services_come_up_in_order_are_well_and_go_down_leaving_nothing(ecosystem: Ecosystem) -> None:
    up = ecosystem.run("up")
    assert up.code == 0, up.err
    ready = [line.split()[0] for line in up.err.splitlines() if " ready: " in line]
    assert sorted(ready) == sorted(NAMES)
    assert ready[0] == "queue"
    assert ready.index("store") < ready.index("api") < ready.index("web")

    status = ecosystem.run("status", "--format", "jsonl")
    assert status.code == 0
    assert [row["service"] for row in status.objects] == list(NAMES)
    for row in status.objects:
        assert list(row) == [
            "service", "state", "pid", "uptime_s", "restarts", "cpu_percent", "memory_bytes", "health", "health_ms",
            "last_record", "records_per_min", "errors_per_min", "lag_bytes", "reason",
        ]  # fmt: skip
        assert (row["state"], row["health"], row["restarts"]) == ("running", "ok", 0)
        assert row["pid"] == ecosystem.pid(row["service"])
        assert row["memory_bytes"] > 1_000_000
        assert 0 <= row["uptime_s"] < 60
        assert row["cpu_percent"] is not None

    again = ecosystem.run("up")
    assert again.code == 0
    assert again.err.count("already running") == 5

    down = ecosystem.run("down")
    assert (down.code, down.out) == (0, "stopped: web, api, store, worker, queue\n")
    assert not ecosystem.processes()
    rows = ecosystem.status()
    assert {row["state"] for row in rows.values()} == {"stopped"}
    assert ecosystem.run("status").code == 1
    assert "stopped by `loglama down`" in rows["api"]["reason"]
    assert ecosystem.run("down").code == 1


def test_a_service_brings_what_it_needs_and_takes_down_what_needs_it(ecosystem: Ecosystem) -> None:
    up = ecosystem.run("up", "store")
    assert (up.code, up.out) == (0, "up: queue, store\n")
    assert ecosystem.run("up", "worker").out == "up: queue, worker\n"
    down = ecosystem.run("down", "store")
    assert down.out == "stopped: store\n"
    assert ecosystem.run("down", "queue").out == "stopped: worker, queue\n"
    assert not ecosystem.processes()


def test_what_services_print_is_collected_under_their_names(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up").code == 0
    assert ecosystem.run("down").code == 0
    assert ecosystem.run("collect-logs").code == 0
    records = ecosystem.run("logs", "--limit", "500").objects
    assert {record["service"] for record in records} == set(NAMES)
    traceback = next(record for record in records if "connecting again" in record["message"])
    assert (traceback["service"], traceback["level"]) == ("worker", "error")
    assert "KeyError" in traceback["message"]
    assert traceback["source"].endswith("worker.err.log")
    assert any(record["message"] == "api is listening" and record["level"] == "info" for record in records)
    if NODE is not None:
        assert any(record["message"] == "listening" and record["service"] == "queue" for record in records)


@pytest.mark.parametrize(
    ("fault", "said", "lines"),
    [
        ("exit=3", "it ended at once: exit code 3", "store: no configuration"),
        ("hang", "it was not well within 1 s (no answer in", ""),
        ("sick", "it was not well within 1 s (HTTP 503)", '"message": "request"'),
        ("slow=30", "it was not well within 1 s (refused)", "store is starting"),
    ],
)
def test_a_failing_start_says_which_its_last_lines_and_what_was_not_started(
    ecosystem: Ecosystem, fault: str, said: str, lines: str
) -> None:
    ecosystem.faults["store"] = fault
    ecosystem.extra["store"] = "start_timeout = 1"
    ecosystem.write()
    up = ecosystem.run("up")
    assert up.code == 1
    assert up.out == "up: queue, worker; failed: store; not started: api, web\n"
    assert f"store failed: {said}" in up.err
    assert lines in up.err
    assert "api not started: store, which it depends on, is not up" in up.err
    rows = ecosystem.status()
    assert rows["store"]["state"] == "failed"
    assert said in rows["store"]["reason"]
    assert rows["queue"]["state"] == "running"
    assert not [line for line in ecosystem.processes() if line.startswith("store")]


def test_a_slow_start_is_waited_for(ecosystem: Ecosystem) -> None:
    ecosystem.faults["store"] = "slow=0.8"
    ecosystem.write()
    assert ecosystem.run("up", "api").code == 0
    assert ecosystem.seconds > 0.8


def test_a_taken_port_names_its_owner(ecosystem: Ecosystem) -> None:
    with listening(ecosystem.ports["store"]):
        up = ecosystem.run("up")
    assert up.code == 1
    assert f"store failed: port {ecosystem.ports['store']} is taken by pid" in up.err
    assert "which LogLama did not start" in up.err


def test_a_flood_of_output_holds_nothing_up(ecosystem: Ecosystem) -> None:
    ecosystem.faults["store"] = "flood"
    ecosystem.write()
    assert ecosystem.run("up", "api").code == 0
    output = ecosystem.folder / "logs" / "store.out.log"
    wait_for(lambda: output.stat().st_size > 1_000_000, "the flood")
    assert ecosystem.status()["store"]["health"] == "ok"
    assert ecosystem.run("down").code == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_nothing_starts_when_the_environment_is_not_as_required(ecosystem: Ecosystem) -> None:
    ecosystem.extra["store"] = 'env.required = ["STORE_URL"]\nenv.types = { STORE_PORT = "port", STORE_URL = "url" }'
    ecosystem.faults["web"] = "${MISSING}"
    ecosystem.write()
    up = ecosystem.run("up")
    assert up.code == 2
    assert "store: STORE_URL is not set" in up.err
    assert "web: MISSING is not set" in up.err
    assert "nothing was started" in up.err
    assert not ecosystem.processes()


def test_a_command_that_does_not_exist_is_named_with_its_line(ecosystem: Ecosystem) -> None:
    toml = (ecosystem.folder / "loglama.toml").read_text()
    line = toml.splitlines().index("[services.web]") + 2
    (ecosystem.folder / "loglama.toml").write_text(
        toml.replace("command = 'python", "command = 'python-of-mars", 99).replace(
            "python-of-mars", "python", toml.count("command = 'python") - 1
        )
    )
    up = ecosystem.run("up")
    assert up.code == 2
    assert f"loglama.toml line {line}: the command of web does not exist: python-of-mars" in up.err
    assert not ecosystem.processes()


def test_a_service_somebody_else_has_started_is_recognised_and_left_alone(ecosystem: Ecosystem) -> None:
    code = "import http.server as h; h.HTTPServer(('127.0.0.1', {}), h.SimpleHTTPRequestHandler).serve_forever()"
    port = ecosystem.ports["web"]
    (ecosystem.folder / "health").write_text("ok")
    server = subprocess.Popen([sys.executable, "-c", code.format(port)], cwd=ecosystem.folder, env={})
    other = server.pid
    try:
        (ecosystem.folder / "web.pid").write_text(f"{other}\n")
        ecosystem.extra["web"] = f"port = {port}"
        ecosystem.extra["api"] = 'pid_file = "web.pid"'
        ecosystem.write()

        def listens() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0

        wait_for(listens)
        rows = ecosystem.status()
        assert (rows["web"]["state"], rows["web"]["health"], rows["web"]["pid"]) == ("running", "ok", other)
        assert f"it listens on port {port}" in rows["web"]["reason"]
        assert (rows["api"]["state"], rows["api"]["pid"]) == ("running", other)
        assert "web.pid names it" in rows["api"]["reason"]
        up = ecosystem.run("up", "web")
        assert "web already running: not started by LogLama" in up.err
        ecosystem.run("down")
        assert psutil.Process(other).status() != "zombie"
    finally:
        server.kill()
        server.wait()


def test_in_the_foreground_lines_are_printed_and_sigterm_ends_everything(ecosystem: Ecosystem) -> None:
    process = ecosystem.start("up", "--foreground", "api")
    try:
        assert process.stdout is not None
        seen = b""
        os.set_blocking(process.stdout.fileno(), False)
        deadline = time.monotonic() + DEADLINE_S
        while b"api is listening" not in seen:
            assert time.monotonic() < deadline, seen
            seen += process.stdout.read() or b""
            time.sleep(0.05)
        assert b"store | {" in seen
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
        assert not ecosystem.processes()
    finally:
        process.kill()
        process.communicate()


def test_foreground_ends_when_no_service_is_left(ecosystem: Ecosystem) -> None:
    ecosystem.faults["worker"] = "exit-after=1:0"
    ecosystem.write()
    toml = ecosystem.folder / "loglama.toml"
    blocks = toml.read_text().split("\n[services.")
    alone = next(block for block in blocks if block.startswith("worker"))
    toml.write_text("[services." + alone.replace('depends_on = ["queue"]', ""))
    result = ecosystem.run("up", "--foreground")
    assert result.code == 1
    assert "no service is running any more" in result.err
    assert not ecosystem.processes()


def test_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "we ird %d %(x)s 'q\" ü ;#"
    folder.mkdir()
    ecosystem = Ecosystem(folder)
    try:
        up = ecosystem.run("up", "store")
        assert up.code == 0, up.err
        assert ecosystem.run("down").code == 0
        assert not ecosystem.processes()
    finally:
        ecosystem.end()


def test_ctrl_c_gives_up_what_is_being_started_and_leaves_the_rest(ecosystem: Ecosystem) -> None:
    ecosystem.faults["store"] = "hang"
    ecosystem.write()
    process = ecosystem.start("up")
    try:
        wait_for((ecosystem.state / "store.process.json").exists, "the start of store")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 130
        assert b"store failed: cancelled while it was being started" in err
    finally:
        process.kill()
        process.wait()
    rows = ecosystem.status()
    assert rows["queue"]["state"] == "running"
    assert rows["store"]["state"] == "failed"


def test_a_log_that_cannot_be_written_is_said_at_once(ecosystem: Ecosystem) -> None:
    (ecosystem.folder / "logs").mkdir()
    (ecosystem.folder / "logs" / "queue.out.log").symlink_to("/etc/passwd")
    up = ecosystem.run("up", "queue")
    assert up.code == 1
    assert "queue failed: its launcher did not come up" in up.err
    assert "Too many levels of symbolic links" in up.err
    assert ecosystem.seconds < 15


def test_a_changed_declaration_leaves_what_runs_alone_until_it_is_restarted(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up", "store").code == 0
    before = {name: ecosystem.pid(name) for name in ("queue", "store")}
    ecosystem.extra["store"] = "stop_timeout = 3"
    ecosystem.write()
    toml = ecosystem.folder / "loglama.toml"
    toml.write_text(toml.read_text() + "[services.late]\ncommand = 'sleep 600'\n")
    assert ecosystem.run("up", "late").code == 0
    assert {name: ecosystem.pid(name) for name in before} == before
    assert ecosystem.run("restart", "store").code == 0
    assert ecosystem.pid("queue") == before["queue"]
    assert ecosystem.pid("store") != before["store"]
    # One that is declared no more is still ended with the others.
    toml.write_text(toml.read_text().replace("[services.late]\ncommand = 'sleep 600'\n", ""))
    assert "late" in ecosystem.run("down").out
    assert not ecosystem.processes()


def test_status_watches_until_nobody_reads(ecosystem: Ecosystem) -> None:
    process = ecosystem.start("status", "--watch", "--interval", "0.2", "--format", "jsonl")
    try:
        assert process.stdout is not None
        names = [json.loads(process.stdout.readline())["service"] for _ in range(3 * len(NAMES))]
        assert names == [*NAMES] * 3
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_systemd_unit_is_asked_for_without_a_shell(ecosystem: Ecosystem) -> None:
    folder = ecosystem.folder / "bin"
    folder.mkdir()
    script = folder / "systemctl"
    script.write_text(f'#!/bin/sh\necho "$@" > asked\necho MainPID={os.getpid()}\necho ActiveState=active\n')
    script.chmod(0o755)
    ecosystem.extra["web"] = 'unit = "web@1.service"'
    ecosystem.write()
    result = ecosystem.run("status", "web", env={"PATH": f"{folder}:{ecosystem.environment['PATH']}"})
    assert result.objects[0]["state"] == "running"
    assert result.objects[0]["pid"] == os.getpid()
    assert "started by systemd as web@1.service" in result.objects[0]["reason"]
    assert (ecosystem.folder / "asked").read_text() == "show --property=MainPID,ActiveState -- web@1.service\n"


def test_no_check_warns_of_the_ecosystem_at_work(ecosystem: Ecosystem) -> None:
    (ecosystem.folder / ".env").chmod(0o600)
    (ecosystem.folder / "loglama.toml").chmod(0o600)
    assert ecosystem.run("up").code == 0
    assert ecosystem.run("log-collector", "start").code == 0
    try:
        wait_for(lambda: len({row["service"] for row in ecosystem.run("logs").objects} & set(NAMES)) == len(NAMES))
        found = ecosystem.run("diagnose", "--strict", "--format", "jsonl")
        assert [row for row in found.objects if row["status"] != "ok"] == []
        assert found.code == 0
        assert {"services-up", "services-speak", "missing-logs", "version"} <= {row["check"] for row in found.objects}
    finally:
        ecosystem.run("log-collector", "stop")
