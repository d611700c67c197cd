"""Lines put into somebody's file between two marks, by which they are found again and taken out."""

from __future__ import annotations

import re

_BEGIN = "loglama: begin (`loglama integrate --undo` takes this out)"
_END = "loglama: end"


def has_block(text: str) -> bool:
    """Tell whether the text holds a block already."""
    return _BEGIN in text


def insert_block(text: str, line: int, block: str, *, comment: str = "#", indent: str = "") -> str:
    """Return ``text`` with ``block`` put before its line ``line`` (from 0; its end is fine too), in its line ends."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    inside = [f"{indent}{one}" if one else "" for one in block.strip("\n").split("\n")]
    marked = [f"{indent}{comment} {_BEGIN}", *inside, f"{indent}{comment} {_END}"]
    lines[line:line] = [f"{one}{newline}" for one in marked]
    return "".join(lines)


def append_block(text: str, block: str, *, comment: str = "#") -> str:
    """Return ``text`` with ``block`` at its end, an empty line before it."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    return insert_block(f"{text}{newline}" if text else "", len(text.splitlines()) + bool(text), block, comment=comment)


def without_blocks(text: str) -> str:
    """Return ``text`` with every block taken out; what somebody wrote around them stays."""
    begin, end = (rf"[ \t]*(?:#|//) {re.escape(mark)}[^\n]*" for mark in (_BEGIN, _END))
    return re.sub(rf"^{begin}\n(?:[^\n]*\n)*?{end}(?:\n|\Z)", "", text, flags=re.MULTILINE)
