"""``journalctl -o export``: a record is a block of ``KEY=value`` lines, the first of which is its cursor.

A value with newlines or other control characters stands below its key alone on a line, after its length in eight bytes.
"""

from __future__ import annotations

import re
from typing import Any

from loglama_core.formats.decoding import decode_line

START = "__CURSOR="
START_BYTES = START.encode()
_KEY = re.compile(rb"([A-Z_][A-Z0-9_]*)(=|\n|$)")
_LENGTH_BYTES = 8
_PAIR = re.compile(r"^([A-Z_][A-Z0-9_]*)=(.*)$", re.ASCII | re.MULTILINE)


def as_text(line: bytes) -> str:
    """Return a line of a block as a text that ``read_block`` takes back to its bytes."""
    return line.decode("utf-8", "surrogateescape")


def read_block(text: str) -> tuple[dict[str, Any], int]:
    """Return the pairs of a block and the flags of their texts; a line that is none belongs to the value before it."""
    if text.isascii() and "\0" not in text:
        pairs = _PAIR.findall(text)
        if len(pairs) == text.rstrip("\n").count("\n") + 1:
            return dict(pairs), 0  # no value has a line of its own: a third of what it takes byte by byte
    data = text.encode("utf-8", "surrogateescape")
    values: dict[str, bytes] = {}
    last = ""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        key = _KEY.match(data, at, end + 1)
        begin = end + 1 + _LENGTH_BYTES
        if key is not None and key[2] == b"=":
            last = key[1].decode()
            values[last] = data[key.end() : end]
        elif key is not None and (stop := begin + int.from_bytes(data[end + 1 : begin], "little")) <= len(data):
            last = key[1].decode()
            values[last] = data[begin:stop]
            end = stop
        elif last and end > at:
            values[last] += b"\n" + data[at:end]
        at = end + 1
    flags = 0
    fields: dict[str, Any] = {}
    for name, value in values.items():
        fields[name], earned = decode_line(value)
        flags |= earned
    return fields, flags
