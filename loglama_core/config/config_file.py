"""``loglama.toml``: read, and refused where it holds what nobody would look at."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from loglama_core.config.known_names import nearest_hint
from loglama_core.errors import ConfigError

TABLES: tuple[str, ...] = ("loglama", "services", "keys", "redact", "retention")
"""The top-level tables."""


def read_config_file(path: Path, setting_keys: Collection[str]) -> dict[str, Any]:
    """Read ``loglama.toml``.

    ``loglama`` and ``keys`` of the answer hold texts, the other tables what tomllib made of them; keys of ``loglama``
    are among ``setting_keys``. Raises ``ConfigError`` naming file, table and key.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", "make it readable, or name another with --config"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path} line {line} is not UTF-8 text", "save the file as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "mend the file at that place") from error
    _check_names(path, "the file", document, TABLES)
    for name in TABLES:
        if not isinstance(document.get(name, {}), dict):
            raise ConfigError(f"{path}: {name} is not a table", f"write it as [{name}]")
    settings = document.get("loglama", {})
    _check_names(path, "[loglama]", settings, setting_keys)
    for key, value in settings.items():
        settings[key] = _as_text(path, key, value)
    for key, value in document.get("keys", {}).items():
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{path}: [keys] {key} = {value!r} is not accepted", 'give a key, as in "ctrl+d"')
    return document


def _check_names(path: Path, where: str, table: dict[str, Any], known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{path}: {where} has an unknown key {key!r}", nearest_hint(key, known))


def _as_text(path: Path, key: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ConfigError(f"{path}: [loglama] {key} = {value!r} is not accepted", "give a text or a whole number")
