"""The proposal as a commented ``loglama.toml``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from loglama_core.ecosystem.proposal.proposed_service import ProposedService

_HEADER = """\
# What LogLama knows of the services on this machine. `loglama status` tells how they are, `loglama up` starts them in
# the order of depends_on, `loglama env check` and `loglama deps check` tell what they miss. ${NAME} is replaced from
# the environment and .env. Paths start at the folder of this file.

[loglama]
# log_dir = "logs"            # every *.log in it is collected, without a word here
# db_path = "logs/loglama.db"
"""
_KEYS = """
# All there is to say of a service:
# [services.example]
# command = "python -m example --port ${EXAMPLE_PORT}"  # no shell; `python` is that of its own .venv if it has one
# cwd = "example"
# depends_on = ["another"]
# health = "http://127.0.0.1:${EXAMPLE_PORT}/health"    # or "tcp://host:port", or { log = "regular expression" }
# port = "${EXAMPLE_PORT}"        unit = "example.service"        pid_file = "run/example.pid"
# restart = "on-failure"          # or "always", "never"
# start_timeout = 30              stop_timeout = 10
# logs = ["example/logs/*.log", "example/logs/*.db"]
# format = "auto"                 timezone = "local"
# requirements = "example/pyproject.toml"               # or requirements.txt, package.json
# venv = "example/.venv"          system_commands = ["ffmpeg"]
# env.required = ["EXAMPLE_PORT"]
# env.secret = ["OPENAI_API_KEY"]
# env.types = { EXAMPLE_PORT = "port", EXAMPLE_MODE = ["development", "production"] }
"""


def config_text(services: Sequence[ProposedService]) -> str:
    """Return the file; without services only what could stand in it."""
    return _HEADER + "".join(_block(service) for service in services) + _KEYS


def _block(service: ProposedService) -> str:
    lines = ["", f"[services.{_key(service.name)}]  # found in {_comment(service.found_in)}"]
    if service.command is not None:
        lines.append(f"command = {_text(service.command)}")
    elif service.unit is None and not service.logs:
        lines.append('# command = "…"')
    if service.cwd is not None:
        lines.append(f"cwd = {_text(service.cwd)}")
    if service.depends_on:
        lines.append(f"depends_on = {_texts(service.depends_on)}")
    if service.port is not None:
        lines.append(f"port = {_text(service.port)}")
        lines.append(f"health = {_text(f'tcp://127.0.0.1:{service.port}')}")
    for key in ("unit", "requirements"):
        value = getattr(service, key)
        if value is not None:
            lines.append(f"{key} = {_text(value)}")
    if service.logs:
        lines.append(f"logs = {_texts(service.logs)}")
    if service.required:
        lines.append(f"env.required = {_texts(service.required)}")
    return "".join(f"{line}\n" for line in lines)


def _key(name: str) -> str:
    return name if "." not in name else _text(name)


def _text(text: str) -> str:
    """Return a text as TOML has it: JSON's form is one of TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
