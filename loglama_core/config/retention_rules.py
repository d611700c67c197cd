"""``[retention]`` of ``loglama.toml``: how long records are kept, how large the store may get, how full its disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loglama_core.config.known_names import nearest_hint
from loglama_core.errors import ConfigError
from loglama_core.model import LEVEL_NAMES

_KEYS = ("max_age", "max_size", "levels", "low_disk")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_AGE = re.compile(r"(\d{1,6})\s?([smhdw])", re.ASCII)
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?([kKMGT]?B)", re.ASCII)
_SHORTEST_AGE_S = 60
_SMALLEST_STORE = 1_000_000


@dataclass(slots=True, frozen=True)
class RetentionRules:
    """The bounds. ``None``: without one.

    ``max_age_s``: seconds after their own time that records are kept. ``level_ages_s``: the same for one level and
    those below it, least level first. ``max_bytes``: of the store; the oldest records go first. ``low_disk_bytes``:
    free space under which debug records are no longer stored, under half of it info neither.
    """

    max_age_s: int | None = None
    max_bytes: int | None = None
    low_disk_bytes: int | None = None
    level_ages_s: Mapping[str, int] = field(default_factory=dict)

    @property
    def prunes(self) -> bool:
        """Whether any of the bounds takes records away."""
        return self.max_age_s is not None or self.max_bytes is not None or bool(self.level_ages_s)


def read_retention_rules(path: Path, table: dict[str, Any]) -> RetentionRules:
    """Read the table. Raises ``ConfigError`` naming file and key."""
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{path}: [retention] has an unknown key {key!r}", nearest_hint(key, _KEYS))
    levels = table.get("levels", {})
    if not isinstance(levels, dict):
        raise ConfigError(f"{path}: [retention] levels is not a table", 'levels = { debug = "3d", info = "14d" }')
    for level in levels:
        if level not in LEVEL_NAMES:
            raise ConfigError(f"{path}: [retention] levels: {level!r} is no level", nearest_hint(level, LEVEL_NAMES))
    return RetentionRules(
        max_age_s=_age(path, "max_age", table.get("max_age")),
        max_bytes=_size(path, "max_size", table.get("max_size"), _SMALLEST_STORE),
        low_disk_bytes=_size(path, "low_disk", table.get("low_disk"), 1),
        level_ages_s={
            level: age for level in LEVEL_NAMES if (age := _age(path, f"levels.{level}", levels.get(level))) is not None
        },
    )


def _age(path: Path, key: str, value: object) -> int | None:
    if value is None:
        return None
    match = _AGE.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if seconds < _SHORTEST_AGE_S:
        message = f"{path}: [retention] {key} = {value!r} is not accepted"
        raise ConfigError(message, 'give at least a minute as "90m", "12h", "30d" or "8w"')
    return seconds


def _size(path: Path, key: str, value: object, least: int) -> int | None:
    if value is None:
        return None
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    size = round(float(match[1]) * _BYTES[match[2].upper()]) if match else 0
    if size < least:
        message = f"{path}: [retention] {key} = {value!r} is not accepted"
        raise ConfigError(message, f'give at least {least} B as "500MB", "2GB" or "1.5TB"')
    return size
