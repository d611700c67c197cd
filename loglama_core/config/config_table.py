"""One table of ``loglama.toml``: its values in the form asked for, or an error that names file, line and key."""

from __future__ import annotations

import os.path
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglama_core.config.known_names import nearest_hint
from loglama_core.config.toml_line import place_of
from loglama_core.errors import ConfigError


@dataclass(slots=True, frozen=True)
class ConfigTable:
    """A table and what a message about it must name. ``keys``: its path in the file."""

    file: Path
    keys: tuple[str, ...]
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name as its header has it."""
        return ".".join(self.keys)

    def place(self, key: str | None = None) -> str:
        """Return file and line of a key, or of the table itself."""
        return place_of(self.file, self.keys if key is None else (*self.keys, key))

    def refuse(self, key: str, value: object, accepted: str) -> ConfigError:
        """Return the error of a value that is not accepted."""
        return ConfigError(f"{self.place(key)}: [{self.name}] {key} = {value!r} is not accepted", accepted)

    def check_keys(self, known: Collection[str]) -> None:
        """Raise ``ConfigError`` for a key that nobody would look at."""
        for key in self.values:
            if key not in known:
                message = f"{self.place(key)}: [{self.name}] has an unknown key {key!r}"
                raise ConfigError(message, nearest_hint(key, known))

    def text(self, key: str) -> str | None:
        """Return a text that is not empty, ``None`` if the key is not there."""
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and value and "\0" not in value):
            return value
        raise self.refuse(key, value, "give a text that is not empty")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text stands for a list of one."""
        value = self.values.get(key, [])
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list) and all(isinstance(item, str) and item and "\0" not in item for item in value):
            return tuple(value)
        raise self.refuse(key, value, 'give a list of texts, as in ["one", "two"]')

    def path(self, key: str, folder: Path) -> Path | None:
        """Return an absolute path; a relative one starts at ``folder``."""
        value = self.text(key)
        return None if value is None else Path(os.path.normpath(folder / Path(value).expanduser()))

    def seconds(self, key: str, default: float) -> float:
        """Return a length of time from 1 second to a day."""
        value = self.values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 86_400:
            return float(value)
        raise self.refuse(key, value, "give a number of seconds from 1 to 86400")

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of ``choices``; the first of them if the key is not there."""
        value = self.text(key) or choices[0]
        if value in choices:
            return value
        raise self.refuse(key, value, f"give one of {', '.join(choices)}")
