"""What happens when processes end: services, the supervisor, whoever else has a pid; and that nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from loglama_core.ecosystem.service_processes import marked_processes
from tests.ecosystem.ecosystem import Ecosystem, wait_for


def test_a_killed_service_is_restarted_and_counted(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up").code == 0
    killed = ecosystem.kill("store")

    def restarted() -> dict[str, object] | None:
        row = ecosystem.status()["store"]
        return row if row["state"] == "running" and row["pid"] != killed and row["health"] == "ok" else None

    row = wait_for(restarted, "the restart")
    assert row["restarts"] == 1
    assert "restarted after killed by a signal" in row["reason"]
    assert ecosystem.status()["api"]["restarts"] == 0


def test_a_service_that_ends_later_waits_in_backoff_and_never_comes_back_after_down(ecosystem: Ecosystem) -> None:
    ecosystem.faults["worker"] = "exit-after=1:7"
    ecosystem.write()
    assert ecosystem.run("up", "worker").code == 0

    def waits() -> bool:
        row = ecosystem.status()["worker"]
        return row["state"] == "starting" and "exit code 7" in row["reason"] and "restarts in" in row["reason"]

    wait_for(waits, "the backoff")
    ecosystem.run("down", "worker")
    assert ecosystem.status()["worker"]["state"] == "stopped"
    time.sleep(2.5)  # the restart that was due must not happen
    assert ecosystem.status()["worker"]["state"] == "stopped"
    assert ecosystem.status()["queue"]["state"] == "running"


def test_one_that_ends_well_is_not_restarted(ecosystem: Ecosystem) -> None:
    ecosystem.faults["worker"] = "exit-after=1:0"
    ecosystem.write()
    assert ecosystem.run("up", "worker").code == 0
    row = wait_for(
        lambda: (row := ecosystem.status()["worker"])["state"] == "stopped" and row,
        "the end",
    )
    assert "exit code 0" in row["reason"]
    assert "ended by itself without an error" in row["reason"]


def test_one_that_ignores_sigterm_is_killed_within_its_time_and_so_are_its_workers(ecosystem: Ecosystem) -> None:
    ecosystem.faults["store"] = "ignore-term worker"
    ecosystem.extra["store"] = "stop_timeout = 1"
    ecosystem.write()
    assert ecosystem.run("up", "store").code == 0
    assert sum(line.startswith("store") for line in ecosystem.processes()) == 2
    down = ecosystem.run("down")
    assert "store killed: it ignored SIGTERM for 1 s and was ended by SIGKILL" in down.err
    assert ecosystem.seconds < 20
    assert not ecosystem.processes()


def test_services_outlive_a_killed_supervisor_are_adopted_and_ended_by_identity(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up", "api").code == 0
    before = {name: ecosystem.pid(name) for name in ("queue", "store", "api")}
    supervisor = ecosystem.kill("@supervisord")
    wait_for(lambda: not psutil.pid_exists(supervisor) or psutil.Process(supervisor).status() == "zombie")
    rows = ecosystem.status()
    assert {name: rows[name]["pid"] for name in before} == before
    assert {rows[name]["state"] for name in before} == {"running"}

    up = ecosystem.run("up", "api")
    assert up.code == 0
    assert up.err.count("adopted: pid") == 3
    assert "outlived its supervisor" in ecosystem.status()["api"]["reason"]
    # An adopted one is watched too.
    ecosystem.kill("store")
    wait_for(lambda: (row := ecosystem.status()["store"])["state"] == "running" and row["pid"] != before["store"])
    # Restarting puts it under the new supervisor.
    assert ecosystem.run("restart", "api").code == 0
    assert ecosystem.pid("api") != before["api"]
    assert "outlived" not in ecosystem.status()["api"]["reason"]

    ecosystem.kill("@supervisord")
    down = ecosystem.run("down")
    assert (down.code, down.out) == (0, "stopped: api, store, queue\n")
    assert not ecosystem.processes()


def test_security_23_a_pid_given_out_again_is_never_touched(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up", "queue").code == 0
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    stranger = sleeper.pid
    try:
        ecosystem.kill("@supervisord")
        ecosystem.kill("queue")
        record = ecosystem.state / "queue.process.json"
        old = ecosystem.pid("queue")
        record.write_text(record.read_text().replace(f'"pid": {old}', f'"pid": {stranger}'))
        assert ecosystem.status()["queue"]["state"] == "failed"
        ecosystem.run("down")
        assert psutil.Process(stranger).status() != "zombie"
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.soak
def test_a_supervisor_that_hangs_is_ended_by_force(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up", "queue").code == 0
    os.kill(ecosystem.pid("@supervisord"), signal.SIGSTOP)
    down = ecosystem.run("down")
    assert down.code == 0, down.err
    assert not ecosystem.processes()


@pytest.mark.soak
def test_the_restart_keeper_may_be_killed_in_the_midst_of_a_backoff(ecosystem: Ecosystem) -> None:
    ecosystem.faults["worker"] = "exit-after=0.5:7"
    ecosystem.write()
    assert ecosystem.run("up", "worker").code == 0
    wait_for(lambda: "restarts in" in ecosystem.status()["worker"]["reason"], "the backoff")
    keeper = next(
        one.pid
        for one in marked_processes(ecosystem.state)[""]
        if "restart_keeper" in psutil.Process(one.pid).cmdline()[3]
    )
    os.kill(keeper, signal.SIGKILL)
    before = ecosystem.status()["worker"]["restarts"]
    wait_for(lambda: ecosystem.status()["worker"]["restarts"] > before, "the restart")


def test_no_name_of_a_service_is_in_the_way_of_ours(ecosystem: Ecosystem) -> None:
    (ecosystem.folder / "loglama.toml").write_text(
        "".join(
            f"[services.{name}]\ncommand = 'sleep 600'\n" for name in ("supervisord", "restart_keeper", "supervisor")
        )
    )
    assert ecosystem.run("up").code == 0
    assert {row["state"] for row in ecosystem.status().values()} == {"running"}
    assert ecosystem.run("down").out == "stopped: supervisord, restart_keeper, supervisor\n"
    assert not ecosystem.processes()
