"""Nobody else gets in: private files and sockets, no secrets in sight, a clean environment, no shell."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from loglama_core.ecosystem.service_processes import marked_processes
from tests.cli.conftest import Program
from tests.ecosystem.ecosystem import Ecosystem

NOBODY = 65_534
_CONNECT = """
import os, socket, sys
os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    print("refused")
"""


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


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root: run it as root")
def test_security_25_another_user_is_refused_by_the_folder_and_by_the_socket_itself() -> None:
    folder = Path(tempfile.mkdtemp(prefix="loglama-"))
    ecosystem = Ecosystem(folder)
    try:
        (folder / "logs").mkdir()
        for path in (folder, folder / "logs"):
            path.chmod(0o755)
        assert ecosystem.run("up", "queue").code == 0
        path = ecosystem.state / "supervisord.sock"
        command = [sys.executable, "-c", _CONNECT, str(path), str(NOBODY)]
        for _ in ("by the folder", "by the socket"):
            done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
            assert done.stdout == "refused\n"
            ecosystem.state.chmod(0o755)
    finally:
        ecosystem.end()
        shutil.rmtree(folder)


def test_security_23_a_link_in_place_of_what_is_remembered_is_not_written_through(ecosystem: Ecosystem) -> None:
    precious = ecosystem.folder / "precious"
    precious.write_text("as it was")
    ecosystem.state.mkdir(parents=True, mode=0o700)
    for name in ("queue.process.json", "queue.launch.json", "queue.stage.json", "@supervisord.process.json"):
        (ecosystem.state / name).symlink_to(precious)
    assert ecosystem.run("up", "queue").code == 0
    assert ecosystem.run("down").code == 0
    assert precious.read_text() == "as it was"


def test_security_23_a_link_in_place_of_the_folder_itself_is_refused(ecosystem: Ecosystem) -> None:
    other = ecosystem.folder / "other"
    other.mkdir()
    ecosystem.state.parent.mkdir()
    ecosystem.state.symlink_to(other)
    up = ecosystem.run("up", "queue")
    assert up.code == 3
    assert "is not a folder of this user's" in up.err
    assert not list(other.iterdir())


def test_security_29_asking_what_is_installed_imports_nothing_that_lies_in_the_services_folder(tmp_path: Path) -> None:
    for name in ("json.py", "importlib.py", "platform.py", "sitecustomize.py", "packaging.py"):
        (tmp_path / name).write_text("open('pwned', 'w').close(); raise SystemExit('trapped')")
    (tmp_path / "requirements.txt").write_text("pytest\n")
    toml = '[services.app]\ncommand = "python app.py"\nrequirements = "requirements.txt"\n'
    (tmp_path / "loglama.toml").write_text(toml)
    environment = {**Program(tmp_path).environment, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    command = [str(Path(sys.executable).parent / "loglama"), "deps", "check"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "pwned").exists()
