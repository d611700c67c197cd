"""Services that a file names outright: Procfile, docker-compose.yml, systemd units."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loglama_core.ecosystem.proposal.proposed_service import ProposedService, service_name_from
from loglama_core.errors import EcosystemError

_PROCFILE_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")
_SHELL = re.compile(r"[|&;<>()`*]|\$\(|\$[^A-Za-z_{]")
_SHELL_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_LARGEST = 1_000_000


def from_procfile(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the processes of a Procfile."""
    for line in _text_of(path).splitlines():
        match = _PROCFILE_LINE.fullmatch(line.strip())
        if match is None or line.lstrip().startswith("#"):
            continue
        command, needed = as_command(match[2])
        required = tuple(dict.fromkeys(needed))
        port = next((f"${{{name}}}" for name in required if name == "PORT" or name.endswith("_PORT")), None)
        yield ProposedService(
            service_name_from(match[1]), _shown(folder, path), command, folder or None, port=port, required=required
        )


def as_command(text: str) -> tuple[str, list[str]]:
    """Return a shell's command line as one that needs no shell if it can do without, and the variables it names."""
    names = _SHELL_VARIABLE.findall(text)
    if _SHELL.search(_SHELL_VARIABLE.sub("", text)):
        return f"sh -c {shlex.quote(text)}", []
    return _SHELL_VARIABLE.sub(lambda match: f"${{{match[1]}}}", text), names


def from_compose(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the services of a compose file, each run by ``docker compose up``. Raises ``EcosystemError``."""
    import yaml

    try:
        document = yaml.safe_load(_text_of(path))
    except (yaml.YAMLError, RecursionError) as error:
        why = str(error).splitlines()[0]
        raise EcosystemError(f"{path} is no valid YAML: {why}", "mend it, or move it away") from error
    services = document.get("services") if isinstance(document, dict) else None
    for name, service in (services if isinstance(services, dict) else {}).items():
        if not isinstance(service, dict):
            continue
        depends_on = service.get("depends_on", [])
        yield ProposedService(
            service_name_from(str(name)),
            _shown(folder, path),
            f"docker compose up --no-deps --no-color --no-log-prefix {shlex.quote(str(name))}",
            folder or None,
            tuple(service_name_from(str(other)) for other in depends_on) if isinstance(depends_on, list | dict) else (),
            _published_port(service.get("ports")),
        )


def _published_port(ports: Any) -> str | None:
    for port in ports if isinstance(ports, list) else []:
        if isinstance(port, dict):
            published = str(port.get("published", ""))
        else:
            parts = str(port).partition("/")[0].rsplit(":", 2)
            published = parts[-2] if len(parts) > 1 else ""
        if published.isdecimal() and 1 <= int(published) <= 65_535:
            return published
    return None


def from_unit(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the service of a systemd unit: systemd starts it, LogLama watches it."""
    if "[Service]" in _text_of(path):
        yield ProposedService(service_name_from(path.stem), _shown(folder, path), unit=path.name)


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST).decode("utf-8", "replace")


def _shown(folder: str, path: Path) -> str:
    return f"{folder}/{path.name}" if folder else path.name
