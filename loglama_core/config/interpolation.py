"""``${NAME}`` and ``${NAME:-default}`` in what ``loglama.toml`` declares, replaced from environment and ``.env``."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


class MissingVariableError(ValueError):
    """A text names a variable that is not set; ``name`` is it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def variables_in(text: str) -> list[str]:
    """Return the names a text needs: those without a default."""
    return [match["name"] for match in _VARIABLE.finditer(text) if match["default"] is None]


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every ``${NAME}`` replaced; an empty value counts as not set, as in a shell's ``:-``.

    Raises ``MissingVariableError`` for a name without value and default: no value is ever invented.
    """

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match["name"]) or match["default"]
        if value is None:
            raise MissingVariableError(match["name"])
        return value

    return _VARIABLE.sub(value_of, text)
