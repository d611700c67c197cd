"""The services declared in ``loglama.toml``, checked as they are read."""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loglama_core.config.known_names import nearest_hint
from loglama_core.errors import ConfigError

SERVICE_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""A service's name becomes part of file names: nothing else is accepted (no slash, no blank, no control character)."""

_HEALTH_FORMS = 'give "http://host:port/path", "tcp://host:port" or { log = "regular expression" }'
_REFUSED_ROOTS = ("/proc", "/dev", "/sys")


@dataclass(slots=True, frozen=True)
class HealthProbe:
    """How to ask whether a service is well.

    ``kind``: ``http`` (2xx or 3xx is well), ``tcp`` (a connection is well) or ``log`` (a line that matches ``target``
    appeared since the start). ``target``: URL, ``tcp://host:port`` or pattern, ``${NAME}`` not yet replaced.
    """

    kind: str
    target: str


@dataclass(slots=True, frozen=True)
class DeclaredService:
    """One ``[services.NAME]`` table."""

    name: str
    folder: Path
    """Absolute. What the paths and patterns below are relative to: the folder of ``loglama.toml``."""
    logs: tuple[str, ...] = ()
    """Glob patterns as written, relative to ``folder`` unless absolute."""
    command: str | None = None
    """As written, ``${NAME}`` not yet replaced."""
    cwd: Path | None = None
    """Absolute folder the command is started in."""
    depends_on: tuple[str, ...] = ()
    health: HealthProbe | None = None
    format: str = "auto"
    timezone: str = "local"
    """Zone of stamps that name none: ``local``, ``UTC`` or an IANA name."""
    requirements: Path | None = None
    """Absolute path of pyproject.toml, requirements.txt or package.json."""
    env_required: tuple[str, ...] = field(default_factory=tuple)
    env_secret: tuple[str, ...] = field(default_factory=tuple)


@dataclass(slots=True, frozen=True)
class _Table:
    """One table of the file, with what a message about it must name."""

    file: Path
    name: str
    values: Mapping[str, Any]

    def refuse(self, key: str, value: object, accepted: str) -> ConfigError:
        return ConfigError(f"{self.file}: [{self.name}] {key} = {value!r} is not accepted", accepted)

    def check_keys(self, known: Collection[str]) -> None:
        for key in self.values:
            if key not in known:
                raise ConfigError(f"{self.file}: [{self.name}] has an unknown key {key!r}", nearest_hint(key, known))

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and value and "\0" not in value):
            return value
        raise self.refuse(key, value, "give a text that is not empty")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list) and all(isinstance(item, str) and item and "\0" not in item for item in value):
            return tuple(value)
        raise self.refuse(key, value, 'give a list of texts, as in ["one", "two"]')

    def path(self, key: str, folder: Path) -> Path | None:
        value = self.text(key)
        return None if value is None else Path(os.path.normpath(folder / Path(value).expanduser()))


_SERVICE_KEYS = ("command", "cwd", "depends_on", "health", "logs", "format", "timezone", "requirements", "env")


def read_services(file: Path, tables: object) -> tuple[DeclaredService, ...]:
    """Read the ``[services]`` table of ``file`` (what tomllib made of it), in the order written.

    Raises ``ConfigError`` naming file, service and key.
    """
    if not isinstance(tables, dict):
        raise ConfigError(f"{file}: services is not a table", "write one [services.NAME] table per service")
    services = tuple(_read_service(file, name, table) for name, table in tables.items())
    names = [service.name for service in services]
    for service in services:
        for other in service.depends_on:
            if other not in names:
                message = f"{file}: [services.{service.name}] depends_on names {other!r}, which is not declared"
                raise ConfigError(message, nearest_hint(other, names))
    return services


def _read_service(file: Path, name: str, values: object) -> DeclaredService:
    if not SERVICE_NAME.fullmatch(name) or set(name) == {"."}:
        raise ConfigError(f"{file}: {name!r} is no name for a service", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    if not isinstance(values, dict):
        raise ConfigError(f"{file}: services.{name} is not a table", f"write it as [services.{name}]")
    table = _Table(file, f"services.{name}", values)
    table.check_keys(_SERVICE_KEYS)
    environment = values.get("env", {})
    if not isinstance(environment, dict):
        raise table.refuse("env", environment, 'write env.required = ["NAME"] and env.secret = ["NAME"]')
    names = _Table(file, f"services.{name}.env", environment)
    names.check_keys(("required", "secret"))
    folder = file.parent
    return DeclaredService(
        name=name,
        folder=folder,
        logs=tuple(_read_pattern(table, pattern) for pattern in table.texts("logs")),
        command=table.text("command"),
        cwd=table.path("cwd", folder),
        depends_on=table.texts("depends_on"),
        health=_read_health(table),
        format=table.text("format") or "auto",
        timezone=_read_timezone(table),
        requirements=table.path("requirements", folder),
        env_required=names.texts("required"),
        env_secret=names.texts("secret"),
    )


def _read_pattern(table: _Table, pattern: str) -> str:
    expanded = os.path.expanduser(pattern)  # noqa: PTH111 - Path would turn the glob "a//b" and "./a" into other texts
    absolute = os.path.normpath(table.file.parent / expanded)
    if any(absolute == root or absolute.startswith(root + "/") for root in _REFUSED_ROOTS):
        raise table.refuse("logs", pattern, "logs are read from files, never from /proc, /dev or /sys")
    return expanded


def _read_health(table: _Table) -> HealthProbe | None:
    value = table.values.get("health")
    if value is None:
        return None
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return HealthProbe("http", value)
    if isinstance(value, str) and re.fullmatch(r"tcp://[^/\s]+:[^/\s:]+", value):
        return HealthProbe("tcp", value)
    if isinstance(value, dict) and list(value) == ["log"] and isinstance(value["log"], str) and value["log"]:
        return HealthProbe("log", value["log"])
    raise table.refuse("health", value, _HEALTH_FORMS)


def _read_timezone(table: _Table) -> str:
    name = table.text("timezone") or "local"
    if name in {"local", "UTC"}:
        return name
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.refuse("timezone", name, 'give "local", "UTC" or a name such as "Europe/Warsaw"') from error
    return name
