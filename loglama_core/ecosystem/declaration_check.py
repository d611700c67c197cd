"""What ``loglama.toml`` declares, held against the machine: folders that are missing, ports that two services claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.config.toml_line import place_of
from loglama_core.ecosystem.launch_plan import resolved_port
from loglama_core.ecosystem.problem import Problem
from loglama_core.ecosystem.service_environment import known_values
from loglama_core.errors import ConfigError


def check_declarations(settings: Settings, environ: Mapping[str, str]) -> list[Problem]:
    """Return every folder or file that is not there and every port claimed twice, each with its line."""
    return [*_missing_paths(settings), *_clashing_ports(settings, environ)]


def _missing_paths(settings: Settings) -> Iterator[Problem]:
    for service in settings.declared_services:
        if service.cwd is not None and not service.cwd.is_dir():
            yield _problem(settings, service, "cwd", f"the folder {service.cwd} is missing", "make it, or mend cwd")
        if service.requirements is not None and not service.requirements.is_file():
            problem = f"the file {service.requirements} is missing"
            yield _problem(settings, service, "requirements", problem, "mend requirements")


def _clashing_ports(settings: Settings, environ: Mapping[str, str]) -> Iterator[Problem]:
    values = known_values(settings, environ)
    owners: dict[int, DeclaredService] = {}
    for service in settings.declared_services:
        try:
            port = resolved_port(service, settings, values)
        except ConfigError as error:
            yield Problem(service.name, "port", error.message, error.hint)
            continue
        if port is None:
            continue
        other = owners.setdefault(port, service)
        if other is not service:
            key = "port" if service.port is not None else "health"
            problem = f"port {port} is also that of {other.name} ({_place(settings, other)})"
            yield _problem(settings, service, key, problem, "give each service a port of its own")


def _place(settings: Settings, service: DeclaredService) -> str:
    key = "port" if service.port is not None else "health"
    place = place_of(settings.config_file or Path("loglama.toml"), ("services", service.name, key))
    return place.rpartition("/")[2]


def _problem(settings: Settings, service: DeclaredService, key: str, problem: str, remedy: str) -> Problem:
    place = place_of(settings.config_file or Path("loglama.toml"), ("services", service.name, key))
    return Problem(service.name, key, f"{place}: {problem}", remedy)
