"""The services declared in ``loglama.toml``, checked as they are read."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import Path

from loglama_core.config.config_table import ConfigTable
from loglama_core.config.interpolation import variables_in
from loglama_core.config.known_names import nearest_hint
from loglama_core.config.service_order import find_cycle
from loglama_core.config.toml_line import place_of
from loglama_core.config.variable_type import VARIABLE_KINDS, VariableType
from loglama_core.errors import ConfigError

SERVICE_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""A service's name becomes part of file names: nothing else is accepted (no slash, no blank, no control character)."""

RESTART_POLICIES = ("on-failure", "always", "never")
"""When a service that has ended by itself is started again; the first is the default."""
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0

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
    env_required: tuple[str, ...] = ()
    env_secret: tuple[str, ...] = ()
    env_types: tuple[tuple[str, VariableType], ...] = ()
    """What each of these variables may hold."""
    port: str | None = None
    """The port it listens on, ``${NAME}`` not yet replaced; by it a service that something else started is found."""
    unit: str | None = None
    """The systemd unit that starts it."""
    pid_file: Path | None = None
    """Absolute path of the file in which it leaves its process id."""
    venv: Path | None = None
    """Absolute folder of the Python virtual environment that is its own: LogLama may make it and install into it."""
    system_commands: tuple[str, ...] = ()
    """Programs it calls, that must be on PATH."""
    restart: str = RESTART_POLICIES[0]
    start_timeout_s: float = START_TIMEOUT_S
    """How long it may take until it is well."""
    stop_timeout_s: float = STOP_TIMEOUT_S
    """How long it may take to end after SIGTERM; then it is killed."""

    @property
    def secret_variables(self) -> frozenset[str]:
        """The variables it declares to be secret, one way or the other."""
        return frozenset(self.env_secret) | {name for name, kind in self.env_types if kind.kind == "secret"}

    @property
    def variables(self) -> frozenset[str]:
        """All variables it declares."""
        return frozenset(self.env_required) | frozenset(self.env_secret) | {name for name, _ in self.env_types}


_SERVICE_KEYS = (
    "command", "cwd", "depends_on", "health", "logs", "format", "timezone", "requirements", "env",
    "port", "unit", "pid_file", "venv", "system_commands", "restart", "start_timeout", "stop_timeout",
)  # fmt: skip
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNIT_NAME = re.compile(r"[A-Za-z0-9@._:-]{1,255}")


def read_services(file: Path, tables: object) -> tuple[DeclaredService, ...]:
    """Read the ``[services]`` table of ``file`` (what tomllib made of it), in the order written.

    Raises ``ConfigError`` naming file, line, service and key; also for services that depend on each other in a circle.
    """
    if not isinstance(tables, dict):
        raise ConfigError(f"{file}: services is not a table", "write one [services.NAME] table per service")
    services = tuple(_read_service(file, name, table) for name, table in tables.items())
    names = [service.name for service in services]
    for service in services:
        for other in service.depends_on:
            if other not in names:
                place = place_of(file, ("services", service.name, "depends_on"))
                message = f"{place}: [services.{service.name}] depends_on names {other!r}, which is not declared"
                raise ConfigError(message, nearest_hint(other, names))
    cycle = find_cycle({service.name: service.depends_on for service in services})
    if cycle is not None:
        place = place_of(file, ("services", cycle[0], "depends_on"))
        raise ConfigError(
            f"{place}: services depend on each other in a circle: {' -> '.join(cycle)}",
            "take one of them out of a depends_on: none of these could start first",
        )
    return services


def _read_service(file: Path, name: str, values: object) -> DeclaredService:
    if not SERVICE_NAME.fullmatch(name) or set(name) == {"."}:
        place = place_of(file, ("services", name))
        raise ConfigError(f"{place}: {name!r} is no name for a service", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    if not isinstance(values, dict):
        place = place_of(file, ("services", name))
        raise ConfigError(f"{place}: services.{name} is not a table", f"write it as [services.{name}]")
    table = ConfigTable(file, ("services", name), values)
    table.check_keys(_SERVICE_KEYS)
    environment = values.get("env", {})
    if not isinstance(environment, dict):
        raise table.refuse("env", environment, 'write env.required = ["NAME"] and env.secret = ["NAME"]')
    variables = ConfigTable(file, ("services", name, "env"), environment)
    variables.check_keys(("required", "secret", "types"))
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
        env_required=_read_names(variables, "required"),
        env_secret=_read_names(variables, "secret"),
        env_types=_read_types(variables),
        port=_read_port(table),
        unit=_read_unit(table),
        pid_file=table.path("pid_file", folder),
        venv=table.path("venv", folder),
        system_commands=table.texts("system_commands"),
        restart=table.choice("restart", RESTART_POLICIES),
        start_timeout_s=table.seconds("start_timeout", START_TIMEOUT_S),
        stop_timeout_s=table.seconds("stop_timeout", STOP_TIMEOUT_S),
    )


def _read_names(table: ConfigTable, key: str) -> tuple[str, ...]:
    names = table.texts(key)
    for name in names:
        if not _VARIABLE_NAME.fullmatch(name):
            raise table.refuse(key, name, "a variable's name has letters, digits and _, no digit first")
    return names


def _read_types(table: ConfigTable) -> tuple[tuple[str, VariableType], ...]:
    written = table.values.get("types", {})
    form = f'write NAME = "{"|".join(VARIABLE_KINDS)}" or NAME = ["one", "of", "these"]'
    if not isinstance(written, dict):
        raise table.refuse("types", written, form)
    types = ConfigTable(table.file, (*table.keys, "types"), written)
    read: list[tuple[str, VariableType]] = []
    for name, kind in written.items():
        if not _VARIABLE_NAME.fullmatch(name):
            raise types.refuse(name, kind, "a variable's name has letters, digits and _, no digit first")
        if isinstance(kind, str) and kind in VARIABLE_KINDS:
            read.append((name, VariableType(kind)))
        elif isinstance(kind, list) and kind and all(isinstance(choice, str) and choice for choice in kind):
            read.append((name, VariableType("choice", tuple(kind))))
        else:
            raise types.refuse(name, kind, form)
    return tuple(read)


def _read_port(table: ConfigTable) -> str | None:
    value = table.values.get("port")
    if value is None:
        return None
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else table.text("port")
    if text is not None and (variables_in(text) or not VariableType("port").fault(text)):
        return text
    raise table.refuse("port", value, 'give a number from 1 to 65535, or "${NAME}"')


def _read_unit(table: ConfigTable) -> str | None:
    unit = table.text("unit")
    if unit is None or (_UNIT_NAME.fullmatch(unit) and not unit.startswith("-")):
        return unit
    raise table.refuse("unit", unit, 'give the name of a systemd unit, as in "apilama.service"')


def _read_pattern(table: ConfigTable, pattern: str) -> str:
    expanded = os.path.expanduser(pattern)  # noqa: PTH111 - Path would turn the glob "a//b" and "./a" into other texts
    absolute = os.path.normpath(table.file.parent / expanded)
    if any(absolute == root or absolute.startswith(root + "/") for root in _REFUSED_ROOTS):
        raise table.refuse("logs", pattern, "logs are read from files, never from /proc, /dev or /sys")
    return expanded


def _read_health(table: ConfigTable) -> HealthProbe | None:
    value = table.values.get("health")
    if value is None:
        return None
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return HealthProbe("http", value)
    if isinstance(value, str) and re.fullmatch(r"tcp://[^/\s]+:[^/\s:]+", value):
        return HealthProbe("tcp", value)
    if isinstance(value, dict) and list(value) == ["log"] and isinstance(value["log"], str) and value["log"]:
        _check_pattern(table, value["log"])
        return HealthProbe("log", value["log"])
    raise table.refuse("health", value, _HEALTH_FORMS)


def _check_pattern(table: ConfigTable, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise table.refuse("health", {"log": pattern}, f"mend the regular expression: {error}") from error


def _read_timezone(table: ConfigTable) -> str:
    name = table.text("timezone") or "local"
    if name in {"local", "UTC"}:
        return name
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.refuse("timezone", name, 'give "local", "UTC" or a name such as "Europe/Warsaw"') from error
    return name
