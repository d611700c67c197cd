r"""Make text from a log, a path, a setting or another program harmless to a terminal.

A terminal obeys escape sequences in whatever is printed to it (CWE-150), and right-to-left overrides reorder what a
person reads. Such characters are shown as ``\x1b`` or ``\u202e``, never dropped: what an attacker wrote is evidence.
"""

from __future__ import annotations

import re

_HOSTILE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # line and paragraph separators, BOM, interlinear annotation
    "\ud800-\udfff"  # lone surrogates: they cannot be encoded for the terminal
    "\U000e0000-\U000e007f"  # tag characters: invisible text
)
_HOSTILE_IN_BLOCK = re.compile(f"[{_HOSTILE}]")
_HOSTILE_IN_LINE = re.compile(f"[{_HOSTILE}\t\n]")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x09:
        return "  "
    if code == 0x0A:
        return " ⏎ "
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def display_safe(text: str) -> str:
    """Return ``text`` for one line of a screen.

    Newlines become ``⏎``, tabs spaces, hostile characters their escapes.
    """
    return _HOSTILE_IN_LINE.sub(_visible, text) if not text.isprintable() else text


def display_safe_block(text: str) -> str:
    """Return ``text`` for several lines of a screen.

    Newlines and tabs stay, hostile characters become their escapes.
    """
    return _HOSTILE_IN_BLOCK.sub(_visible, text)
