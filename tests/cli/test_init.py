from __future__ import annotations

import json
import os
import stat
import tomllib

import pytest

from loglama_core.config.settings import load_settings
from tests.cli.conftest import Program
from tests.cli.pseudo_terminal import on_terminal, read_until

COMPOSE = """
services:
  cache:
    image: redis
    ports: ["6379:6379"]
  api:
    build: .
    depends_on: {cache: {condition: service_healthy}, gone: {}}
    ports:
      - "127.0.0.1:8080:80"
"""


@pytest.fixture
def found(program: Program) -> Program:
    """A folder with one of everything that is looked for."""
    folder = program.folder
    (folder / "Procfile").write_text("# web\nweb: gunicorn app:app --port $PORT\njob: a | b\n")
    (folder / "docker-compose.yml").write_text(COMPOSE)
    (folder / "apilama" / "logs").mkdir(parents=True)
    (folder / "apilama" / "logs" / "x.log").touch()
    (folder / "apilama" / "pyproject.toml").write_text('[project]\nname = "apilama"\nscripts.apilama-serve = "a:b"\n')
    (folder / "front").mkdir()
    (folder / "front" / "package.json").write_text(json.dumps({"name": "@x/front", "scripts": {"start": "node s.js"}}))
    (folder / "worker").mkdir()
    (folder / "worker" / "requirements.txt").touch()
    (folder / "worker" / "main.py").touch()
    (folder / "mail.service").write_text("[Unit]\n[Service]\nExecStart=/usr/sbin/maild\n")
    (folder / "odd name\x1b.log").touch()
    (folder / "node_modules" / "y").mkdir(parents=True)
    (folder / "node_modules" / "y" / "package.json").write_text('{"name": "y", "main": "y.js"}')
    (folder / "logs").mkdir()
    (folder / "logs" / "collected.log").touch()
    return program


def test_what_is_found_becomes_services_that_can_be_read_back(found: Program) -> None:
    result = found.run("init", "--yes")
    assert result.code == 0, result.err
    path = found.folder / "loglama.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    services = {service.name: service for service in load_settings(environ={}, folder=found.folder).services}
    assert services.keys() == {"web", "job", "cache", "api", "apilama", "front", "worker", "mail", "odd-name"}
    assert services["web"].command == "gunicorn app:app --port ${PORT}"
    assert (services["web"].port, services["web"].env_required) == ("${PORT}", ("PORT",))
    assert services["job"].command == "sh -c 'a | b'"
    assert services["api"].depends_on == ("cache",)
    assert services["api"].port == "8080"
    assert services["apilama"].command == "apilama-serve"
    assert services["apilama"].cwd == found.folder / "apilama"
    assert services["apilama"].logs == ("apilama/logs/*.log",)
    assert services["apilama"].requirements == found.folder / "apilama" / "pyproject.toml"
    assert services["front"].command == "node s.js"
    assert services["worker"].command == "python main.py"
    assert (services["mail"].unit, services["mail"].command) == ("mail.service", None)
    assert "\x1b" not in path.read_text()
    env = (found.folder / ".env").read_text()
    assert "# web: required" in env
    assert "# PORT=\n" in env


def test_nothing_is_written_over_and_nothing_without_being_asked_for(found: Program) -> None:
    dry = found.run("init", "--dry-run")
    assert dry.code == 0
    assert tomllib.loads(dry.out)["services"]["web"]
    asked = found.run("init")
    assert asked.code == 2
    assert "nobody can be asked" in asked.err
    assert not (found.folder / "loglama.toml").exists()
    (found.folder / ".env").write_text("A=1\n")
    assert found.run("init", "--yes").code == 0
    assert (found.folder / ".env").read_text() == "A=1\n"
    before = (found.folder / "loglama.toml").read_text()
    again = found.run("init", "--yes")
    assert again.code == 2
    assert "is there already" in again.err
    assert (found.folder / "loglama.toml").read_text() == before


def test_what_loglama_keeps_of_the_services_it_started_is_no_service(program: Program) -> None:
    (program.folder / "loglama.toml").write_text('[services.nap]\ncommand = "sleep 60"\n')
    assert program.run("up").code == 0
    assert program.run("down").code == 0
    (program.folder / "loglama.toml").unlink()
    (program.folder / "Procfile").write_text("web: sleep 5\n")
    assert program.run("init", "--yes").code == 0
    assert list(tomllib.loads((program.folder / "loglama.toml").read_text())["services"]) == ["web"]


def test_a_link_is_not_followed(program: Program) -> None:
    (program.folder / "loglama.toml").symlink_to(program.folder / "elsewhere")
    result = program.run("init", "--yes")
    assert result.code == 2
    assert not (program.folder / "elsewhere").exists()


def test_a_file_that_cannot_be_read_costs_only_itself(program: Program) -> None:
    (program.folder / "docker-compose.yml").write_text("services: [")
    (program.folder / "Procfile").write_text("web: sleep 1\n")
    (program.folder / "package.json").write_text("{")
    result = program.run("init", "--yes")
    assert result.code == 0
    assert "docker-compose.yml is no valid YAML" in result.err
    assert "wrote" in result.out
    assert load_settings(environ={}, folder=program.folder).services[0].name == "web"


def test_security_24_yaml_makes_no_objects(program: Program) -> None:
    (program.folder / "compose.yml").write_text("services: !!python/object/apply:os.system ['touch pwned']\n")
    assert program.run("init", "--yes").code == 0
    assert not (program.folder / "pwned").exists()


@pytest.mark.parametrize(("answer", "written"), [(b"y\n", True), (b"n\n", False)])
def test_a_person_is_shown_the_file_and_asked(found: Program, answer: bytes, written: bool) -> None:  # noqa: FBT001 - a parameter
    with on_terminal(found, "init") as (process, terminal):
        seen = read_until(terminal, lambda data: b"services? [y/N]" in data)
        assert b"[services.web]" in seen
        os.write(terminal, answer)
        read_until(terminal, lambda _: False)
        assert process.wait(20) == (0 if written else 1)
    assert (found.folder / "loglama.toml").exists() is written


def test_a_secret_is_asked_for_without_showing_it(program: Program) -> None:
    with on_terminal(program, "env", "set", "TOKEN") as (process, terminal):
        seen = read_until(terminal, lambda data: b"TOKEN:" in data)
        os.write(terminal, b"hunter2\n")
        seen += read_until(terminal, lambda _: False)
        assert process.wait(20) == 0
    assert b"hunter2" not in seen
    assert (program.folder / ".env").read_text() == "TOKEN=hunter2\n"
