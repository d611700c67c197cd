"""The settings of LogLama: flag > environment > ``.env`` > ``loglama.toml`` > default, each value with its origin."""

from __future__ import annotations

import os
import os.path
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from loglama_core.config.secret_names import mask
from loglama_core.errors import ConfigError
from loglama_core.model import LEVEL_NAMES

if TYPE_CHECKING:
    from loglama_core.config.env_file import EnvEntry
    from loglama_core.config.redact_rules import RedactRules
    from loglama_core.config.retention_rules import RetentionRules
    from loglama_core.config.services import DeclaredService


class SettingOrigin(StrEnum):
    """The kinds of places a value can come from, strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    ENV_FILE = ".env"
    CONFIG_FILE = "loglama.toml"
    DEFAULT = "default"


class SettingSource(NamedTuple):
    """Where a value comes from. ``where``: the option, the file's path, or empty; ``line``: of a ``.env``, from 1."""

    origin: SettingOrigin
    where: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if self.origin is SettingOrigin.FLAG:
            return f"flag {self.where}"
        if self.origin in {SettingOrigin.ENVIRONMENT, SettingOrigin.DEFAULT}:
            return str(self.origin)
        return self.where if self.line is None else f"{self.where} line {self.line}"


class Setting(NamedTuple):  # a dataclass takes 0.7 ms more to make, and `loglama logs` has 150 in all
    """One setting that can be given in every place."""

    name: str
    """Its name in ``Settings`` and in ``flags``."""
    variable: str
    """Its name in the environment and in ``.env``."""
    key: str
    """Its name in the ``[loglama]`` table."""
    option: str
    """The command-line option that gives it, as errors name it."""
    default: str
    accepted: str
    """The form that is accepted, as a hint."""
    read: Callable[[str, Path], Any]
    """(text, folder that relative paths start at) -> value; ``ValueError`` when the text is not accepted."""


@dataclass(slots=True, frozen=True)
class Settings:
    """Everything that can be set, as it applies now. Paths are absolute."""

    folder: Path
    """The folder the program was started in; the preset's services live under it."""
    log_dir: Path
    """LOGLAMA_LOG_DIR: folder of the log files."""
    log_level: str
    """LOGLAMA_LOG_LEVEL: least level of LogLama's own log, in capitals (``INFO``)."""
    db_path: Path
    """LOGLAMA_DB_PATH: the store."""
    max_message_length: int
    """LOGLAMA_MAX_MESSAGE_LENGTH: characters kept in a record's message; the rest stays retrievable."""
    collect_interval_s: int
    """COLLECT_INTERVAL: seconds between passes of a scheduled collector."""
    formats_dir: Path | None
    """LOGLAMA_FORMATS_DIR: folder of the user's own formats, if any."""
    config_file: Path | None
    """The ``loglama.toml`` that was read, if any."""
    env_file: Path | None
    """The ``.env`` that was read, if any."""
    declared_services: tuple[DeclaredService, ...]
    """Those of ``loglama.toml``; empty when it declares none or is not there."""
    keys: Mapping[str, str]
    """``[keys]`` of ``loglama.toml``: command id of the explorer -> key."""
    redact: RedactRules | None
    """``[redact]`` of ``loglama.toml``: which secrets are replaced before anything is stored; ``None``: none."""
    retention: RetentionRules | None
    """``[retention]`` of ``loglama.toml``: how long records are kept and how large the store may get."""
    env: Mapping[str, EnvEntry]
    """All entries of the ``.env`` that was read."""
    sources: Mapping[str, SettingSource]
    """Attribute name of each setting, and ``services`` -> where its value comes from."""

    @property
    def services(self) -> tuple[DeclaredService, ...]:
        """The declared services, else the PyLama preset (``sources["services"]`` tells which)."""
        if self.declared_services:
            return self.declared_services
        from loglama_core.config.pylama_preset import pylama_services

        return pylama_services(self.log_dir, self.folder)


def _read_path(text: str, folder: Path) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError(text)
    return Path(os.path.normpath(folder / Path(text).expanduser()))


def _read_optional_path(text: str, folder: Path) -> Path | None:
    return _read_path(text, folder) if text else None


def _read_level(text: str, _folder: Path) -> str:
    if text.strip().lower() not in LEVEL_NAMES:
        raise ValueError(text)
    return text.strip().upper()


def _whole_number(least: int, most: int) -> Callable[[str, Path], int]:
    def read(text: str, _folder: Path) -> int:
        # int() alone would take "1_0", " 7 " and digits of other scripts; a text of 20 digits is never in range.
        digits = text.strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
            raise ValueError(text)
        value = int(digits)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return read


SETTINGS: tuple[Setting, ...] = (
    Setting("log_dir", "LOGLAMA_LOG_DIR", "log_dir", "--log-dir", "logs", "give the path of a folder", _read_path),
    Setting(
        "log_level",
        "LOGLAMA_LOG_LEVEL",
        "log_level",
        "--log-level",
        "INFO",
        f"give one of {', '.join(LEVEL_NAMES)}",
        _read_level,
    ),
    Setting("db_path", "LOGLAMA_DB_PATH", "db_path", "--db", "logs/loglama.db", "give the path of a file", _read_path),
    Setting(
        "max_message_length",
        "LOGLAMA_MAX_MESSAGE_LENGTH",
        "max_message_length",
        "--max-message-length",
        "2000",
        "give a whole number of characters from 1 to 10000000",
        _whole_number(1, 10_000_000),
    ),
    Setting(
        "collect_interval_s",
        "COLLECT_INTERVAL",
        "collect_interval",
        "--interval",
        "300",
        "give a whole number of seconds from 1 to 86400",
        _whole_number(1, 86_400),
    ),
    Setting(
        "formats_dir",
        "LOGLAMA_FORMATS_DIR",
        "formats_dir",
        "--formats-dir",
        "",
        "give the path of a folder, or nothing",
        _read_optional_path,
    ),
)
"""Every setting, in the order it is shown."""

_NO_FLAGS: Mapping[str, str | None] = {}


def load_settings(
    *,
    flags: Mapping[str, str | None] = _NO_FLAGS,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Settings:
    """Bring the settings together from every place.

    ``flags``: attribute names of ``Settings`` (the settings, ``config_file``, ``env_file``) -> text given on the
    command line, ``None`` when not given. ``folder``: stands for the current folder. A relative path starts at the
    folder of the file that gives it, else at the current folder. Raises ``ConfigError`` naming setting, place, value
    and form.
    """
    here = _current_folder() if folder is None else folder.absolute()
    config_file = _given_file(flags, "config_file", here, "loglama.toml", "--config")
    env_file = _given_file(flags, "env_file", here, ".env", "--env-file")
    env: Mapping[str, EnvEntry] = {}
    if env_file is not None:
        from loglama_core.config.env_file import read_env_file

        env = read_env_file(env_file, environ)
    document: Mapping[str, Any] = {}
    if config_file is not None:
        from loglama_core.config.config_file import read_config_file

        document = read_config_file(config_file, [setting.key for setting in SETTINGS])
    values: dict[str, Any] = {}
    sources: dict[str, SettingSource] = {}
    for setting in SETTINGS:
        text, source = _find(setting, flags, environ, env, env_file, document, config_file)
        start = Path(source.where).parent if source.origin in _FILE_ORIGINS else here
        values[setting.name] = _read(setting, text, start, source)
        sources[setting.name] = source
    services, sources["services"] = _declared_services(document, config_file)
    return Settings(
        folder=here,
        config_file=config_file,
        env_file=env_file,
        declared_services=services,
        keys=document.get("keys", {}),
        redact=_redact_rules(document, config_file),
        retention=_retention_rules(document, config_file),
        env=env,
        sources=sources,
        **values,
    )


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigError("the current folder no longer exists", "change to a folder that does") from error


_FILE_ORIGINS = frozenset({SettingOrigin.ENV_FILE, SettingOrigin.CONFIG_FILE})


def _given_file(flags: Mapping[str, str | None], name: str, here: Path, default: str, option: str) -> Path | None:
    """Return the file a flag names, which must be there, else the default one if it is there."""
    given = flags.get(name)
    if given is None:
        # A folder called .env is a virtual environment of somebody's, not a file of settings.
        path = here / default
        return path if os.path.exists(path) and not path.is_dir() else None  # noqa: PTH110 - raises nothing on EACCES
    try:
        path = _read_path(given, here)
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise ConfigError(f"{option} {given!r}: {why}", "give the path of a file that is there") from error
    if is_folder:
        raise ConfigError(f"{option} {given!r} is a folder", "give the path of a file")
    return path


def _find(
    setting: Setting,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    env: Mapping[str, EnvEntry],
    env_file: Path | None,
    document: Mapping[str, Any],
    config_file: Path | None,
) -> tuple[str, SettingSource]:
    flag = flags.get(setting.name)
    if flag is not None:
        return flag, SettingSource(SettingOrigin.FLAG, setting.option)
    if setting.variable in environ:
        return environ[setting.variable], SettingSource(SettingOrigin.ENVIRONMENT, setting.variable)
    if setting.variable in env:
        entry = env[setting.variable]
        return entry.value, SettingSource(SettingOrigin.ENV_FILE, str(env_file), entry.line)
    table = document.get("loglama", {})
    if setting.key in table:
        return table[setting.key], SettingSource(SettingOrigin.CONFIG_FILE, str(config_file))
    return setting.default, SettingSource(SettingOrigin.DEFAULT)


def _read(setting: Setting, text: str, folder: Path, source: SettingSource) -> Any:
    try:
        return setting.read(text, folder)
    except (ValueError, RuntimeError) as error:  # RuntimeError: "~nobody" has no home
        shown = mask(setting.variable, text)
        name = setting.key if source.origin is SettingOrigin.CONFIG_FILE else setting.variable
        place = "" if source.origin is SettingOrigin.DEFAULT else f" ({source})"
        raise ConfigError(f"{name} is {shown!r}{place}, which is not accepted", setting.accepted) from error


def _declared_services(
    document: Mapping[str, Any], config_file: Path | None
) -> tuple[tuple[DeclaredService, ...], SettingSource]:
    if config_file is None or not document.get("services"):
        return (), SettingSource(SettingOrigin.DEFAULT)
    from loglama_core.config.services import read_services

    services = read_services(config_file, document["services"])
    return services, SettingSource(SettingOrigin.CONFIG_FILE, str(config_file))


def _redact_rules(document: Mapping[str, Any], config_file: Path | None) -> RedactRules | None:
    if config_file is None or not document.get("redact"):
        return None
    from loglama_core.config.redact_rules import read_redact_rules

    return read_redact_rules(config_file, document["redact"])


def _retention_rules(document: Mapping[str, Any], config_file: Path | None) -> RetentionRules | None:
    if config_file is None or not document.get("retention"):
        return None
    from loglama_core.config.retention_rules import read_retention_rules

    return read_retention_rules(config_file, document["retention"])
