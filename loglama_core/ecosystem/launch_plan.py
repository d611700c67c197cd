"""What is needed to start a service, worked out and checked before anything starts."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglama_core.config.interpolation import MissingVariableError, interpolate
from loglama_core.config.services import DeclaredService, HealthProbe
from loglama_core.config.settings import Settings
from loglama_core.config.toml_line import place_of
from loglama_core.ecosystem.service_environment import known_values, service_environment, working_folder
from loglama_core.ecosystem.service_output import output_files
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.errors import ConfigError


@dataclass(slots=True, frozen=True)
class LaunchPlan:
    """A service ready to be started: its program by absolute path, nothing left to replace."""

    service: DeclaredService
    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    stdout: Path
    stderr: Path
    health: HealthProbe | None
    port: int | None
    """The port it will listen on: declared, else that of a health probe on this machine."""

    def document(self, state: StateFolder) -> dict[str, Any]:
        """Return it as the launcher reads it."""
        return {
            "argv": self.argv,
            "cwd": str(self.cwd),
            "environment": dict(self.environment),
            "stdout": str(self.stdout),
            "stderr": str(self.stderr),
            "record": str(state.file(self.service.name, "process")),
        }


def plan_launch(
    service: DeclaredService, settings: Settings, environ: Mapping[str, str], state: StateFolder
) -> LaunchPlan:
    """Work out how to start a service. Raises ``ConfigError`` naming the line of ``loglama.toml`` and the remedy."""
    if service.command is None:
        raise ConfigError(
            f"{_place(settings, service, None)}: {service.name} declares no command",
            f'add command = "…" to [services.{service.name}] so that it can be started',
        )
    values = known_values(settings, environ)
    try:
        words = [interpolate(word, values) for word in shlex.split(service.command)]
    except MissingVariableError as error:
        raise _missing(settings, service, "command", error) from error
    except ValueError as error:
        raise ConfigError(
            f"{_place(settings, service, 'command')}: the command of {service.name} cannot be read: {error}",
            "close every quote; a blank inside a word is written in quotes",
        ) from error
    cwd = _checked_folder(settings, service)
    environment = service_environment(service, settings, environ, state.path)
    stdout, stderr = output_files(settings, service.name)
    return LaunchPlan(
        service,
        (_program(settings, service, words, cwd, environment["PATH"]), *words[1:]),
        cwd,
        environment,
        stdout,
        stderr,
        resolved_health(service, settings, values),
        resolved_port(service, settings, values),
    )


def resolved_health(service: DeclaredService, settings: Settings, values: Mapping[str, str]) -> HealthProbe | None:
    """Return the health probe with every variable replaced. Raises ``ConfigError``."""
    probe = service.health
    if probe is None or probe.kind == "log":
        return probe
    try:
        return HealthProbe(probe.kind, interpolate(probe.target, values))
    except MissingVariableError as error:
        raise _missing(settings, service, "health", error) from error


def resolved_port(service: DeclaredService, settings: Settings, values: Mapping[str, str]) -> int | None:
    """Return the port a service listens on, as far as it can be known. Raises ``ConfigError``."""
    from urllib.parse import urlsplit

    if service.port is not None:
        try:
            text = interpolate(service.port, values)
        except MissingVariableError as error:
            raise _missing(settings, service, "port", error) from error
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65_535):
            raise ConfigError(
                f"{_place(settings, service, 'port')}: {service.port} of {service.name} is {text!r}, which is no port",
                "give it a number from 1 to 65535",
            )
        return int(text)
    probe = resolved_health(service, settings, values)
    if probe is None or probe.kind == "log":
        return None
    try:
        parts = urlsplit(probe.target)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError as error:
        raise ConfigError(
            f"{_place(settings, service, 'health')}: health of {service.name} has no valid port: {probe.target}",
            "give it a port from 1 to 65535",
        ) from error
    return port if parts.hostname in {"127.0.0.1", "localhost", "::1", "0.0.0.0"} else None  # noqa: S104 - compared


def _program(settings: Settings, service: DeclaredService, words: list[str], cwd: Path, path: str) -> str:
    """Return the absolute path of the program; a relative one with a slash starts at the service's folder."""
    if not words or not words[0]:
        raise ConfigError(
            f"{_place(settings, service, 'command')}: the command of {service.name} is empty", "name a program"
        )
    name = words[0]
    where = os.path.normpath(cwd / Path(name).expanduser()) if "/" in name or name.startswith("~") else name
    found = shutil.which(where, path=path)
    if found is None:
        looked = where if "/" in where else f"{name} on the PATH of {service.name} ({path})"
        raise ConfigError(
            f"{_place(settings, service, 'command')}: the command of {service.name} does not exist: {name}",
            f"looked for {looked}: install it, or mend the command",
        )
    return found


def _checked_folder(settings: Settings, service: DeclaredService) -> Path:
    folder = working_folder(service)
    place = _place(settings, service, "cwd")
    try:
        status = folder.stat()
    except OSError as error:
        raise ConfigError(
            f"{place}: the folder of {service.name} is missing: {folder}", "make it, or mend cwd"
        ) from error
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{place}: cwd of {service.name} is no folder: {folder}", "name a folder")
    if status.st_mode & stat.S_IWOTH:
        # Python puts the folder a program starts in on its path: whoever may write there would be inside the service.
        raise ConfigError(
            f"{place}: everybody may write into {folder}, the folder {service.name} would run in",
            f"chmod o-w {folder}, or name another cwd",
        )
    return folder


def _missing(settings: Settings, service: DeclaredService, key: str, error: MissingVariableError) -> ConfigError:
    return ConfigError(
        f"{_place(settings, service, key)}: {service.name} needs {error.name} in its {key}, and it is not set",
        f"loglama env set {error.name} …",
    )


def _place(settings: Settings, service: DeclaredService, key: str | None) -> str:
    if settings.config_file is None:
        return service.name
    return place_of(settings.config_file, ("services", service.name, *([] if key is None else [key])))
