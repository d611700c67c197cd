"""Nobody else gets in: private files and sockets, no secrets in sight, a clean environment, no shell."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import psutil

from loglama_core.ecosystem.service_processes import marked_processes
from tests.ecosystem.ecosystem import Ecosystem


def test_security_17_25_socket_folder_and_files_are_private_and_no_port_is_opened(ecosystem: Ecosystem) -> None:
    assert ecosystem.run("up", "store").code == 0
    assert stat.S_IMODE(ecosystem.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((ecosystem.state / "supervisord.sock").stat().st_mode) & 0o077 == 0
    for path in [*ecosystem.state.iterdir(), *(ecosystem.folder / "logs").glob("*.log")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert "inet_http_server" not in (ecosystem.state / "supervisord.conf").read_text()
    supervisor = psutil.Process(ecosystem.pid("@supervisord"))
    assert supervisor.net_connections("inet") == []


def test_security_19_secrets_are_in_no_command_line_and_not_in_the_supervisors_configuration(
    ecosystem: Ecosystem,
) -> None:
    assert ecosystem.run("up", "store").code == 0
    for identities in marked_processes(ecosystem.state).values():
        for identity in identities:
            assert "hunter2" not in " ".join(psutil.Process(identity.pid).cmdline())
    assert "hunter2" not in (ecosystem.state / "supervisord.conf").read_text()
    assert '"key_is_set": true' in (ecosystem.folder / "logs" / "store.out.log").read_text()
    assert ecosystem.run("down").code == 0
    assert not [path for path in ecosystem.state.iterdir() if "hunter2" in path.read_text(errors="replace")]


def test_security_29_nothing_of_the_callers_environment_gets_into_a_service(ecosystem: Ecosystem) -> None:
    (ecosystem.folder / "supervisor.py").write_text("raise SystemExit('trapped')")
    hostile = {"LD_PRELOAD": "/nonexistent.so", "PYTHONSTARTUP": "x", "PATH": f".:{ecosystem.environment['PATH']}"}
    up = ecosystem.run("up", "store", env=hostile | {"SECRET_OF_THE_CALLER": "x"})
    assert up.code == 0, up.err
    environment = psutil.Process(ecosystem.pid("store")).environ()
    assert environment.keys().isdisjoint({"LD_PRELOAD", "PYTHONPATH", "PYTHONSTARTUP", "SECRET_OF_THE_CALLER"})
    assert all(folder.startswith("/") for folder in environment["PATH"].split(":"))
    assert psutil.Process(ecosystem.pid("store")).cmdline()[0] == str(Path(sys.executable).parent / "python")
    supervisor = psutil.Process(ecosystem.pid("@supervisord")).environ()
    assert supervisor.keys().isdisjoint({"LD_PRELOAD", "SECRET_OF_THE_CALLER", "OPENAI_API_KEY"})


def test_security_28_a_command_meets_no_shell(ecosystem: Ecosystem) -> None:
    ecosystem.faults["store"] = "; touch pwned $(touch pwned) `touch pwned` > pwned"
    ecosystem.write()
    assert ecosystem.run("up", "store").code == 0
    assert psutil.Process(ecosystem.pid("store")).cmdline()[-2:] == [">", "pwned"]
    assert not (ecosystem.folder / "pwned").exists()
