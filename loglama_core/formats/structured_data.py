"""Structured data of syslog (RFC 5424, section 6.3) -> fields."""

from __future__ import annotations

import re
from typing import Any

ELEMENTS = r"(?:\[[^ =\]\"\[]{1,64}(?: [^ =\]\"]{1,64}=\"(?:[^\"\\]|\\.)*+\")*\])+"
"""The pattern of one or more elements ``[id name="value" …]``."""

# Not possessive around what may backtrack: Python before 3.11.5 matches that wrongly (Debian 12 brings 3.11.2).
_ELEMENT = re.compile(r"\[([^ =\]\"]{1,64})((?: [^ =\]\"]{1,64}=\"(?:[^\"\\]|\\.)*+\")*)\]")
_PARAMETER = re.compile(r" ([^ =\]\"]{1,64})=\"((?:[^\"\\]|\\.)*+)\"")
_ESCAPE = re.compile(r"\\([\"\\\]])")


def read_structured_data(text: str) -> dict[str, Any]:
    """Return ``{id: {name: value}}``; a name given more than once in an element becomes a list of its values."""
    fields: dict[str, Any] = {}
    for element in _ELEMENT.finditer(text):
        values = fields.setdefault(element[1], {})
        for name, escaped in _PARAMETER.findall(element[2]):
            value = _ESCAPE.sub(r"\1", escaped) if "\\" in escaped else escaped
            if name not in values:
                values[name] = value
            elif isinstance(values[name], list):
                values[name].append(value)
            else:
                values[name] = [values[name], value]
    return fields
