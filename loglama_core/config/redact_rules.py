"""``[redact]`` of ``loglama.toml``: which secrets are replaced before anything is stored (security 18)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglama_core.config.known_names import nearest_hint
from loglama_core.errors import ConfigError

_KEYS = ("enabled", "patterns")
_LONGEST_PATTERN = 500
_MOST_PATTERNS = 50


@dataclass(slots=True, frozen=True)
class RedactRules:
    """What is replaced. ``enabled``: the built-in patterns and ``patterns``, regular expressions replaced whole."""

    enabled: bool = False
    patterns: tuple[str, ...] = ()


def read_redact_rules(path: Path, table: dict[str, Any]) -> RedactRules:
    """Read the table; ``enabled`` is false unless it says true. Raises ``ConfigError`` naming file and key."""
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{path}: [redact] has an unknown key {key!r}", nearest_hint(key, _KEYS))
    enabled = table.get("enabled", False)
    if not isinstance(enabled, bool):
        raise ConfigError(f"{path}: [redact] enabled = {enabled!r} is not accepted", "give true or false")
    patterns = table.get("patterns", [])
    if not isinstance(patterns, list) or len(patterns) > _MOST_PATTERNS:
        message = f"{path}: [redact] patterns is no list of at most {_MOST_PATTERNS}"
        raise ConfigError(message, "patterns = ['customer-\\d+']")
    for pattern in patterns:
        _check_pattern(path, pattern)
    return RedactRules(enabled, tuple(patterns))


def _check_pattern(path: Path, pattern: object) -> None:
    where = f"{path}: [redact] patterns: {pattern!r}"
    if not isinstance(pattern, str) or not 0 < len(pattern) <= _LONGEST_PATTERN:
        accepted = f"give a regular expression of 1 to {_LONGEST_PATTERN} characters"
        raise ConfigError(f"{where} is not accepted", accepted)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{where} is no regular expression: {error}", "mend it at that place") from error
    if compiled.match("") is not None:
        raise ConfigError(f"{where} matches nothing at all, everywhere", "let it match at least one character")
