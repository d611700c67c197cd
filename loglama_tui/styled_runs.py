"""Styled text as runs, and the shortest sequences that make a terminal show them.

Textual writes every segment with its whole style and a reset: about 42 bytes each. Only what changes from run to run is
written here, which is half of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from os.path import commonprefix
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Codes = tuple[str, str, str]
"""SGR parameters of attributes, foreground and background; empty is the terminal's default."""
Run = tuple[str, Codes]

PLAIN: Codes = ("", "", "")
_STYLE = re.compile(r"\x1b\[([\d;]*)m")


def encode(runs: Iterable[Run]) -> str:
    """Return the runs with what changes in style between them, and a reset at the end."""
    text, codes = encode_after(PLAIN, runs)
    return text + reset_after(codes)


def encode_after(now: Codes, runs: Iterable[Run]) -> tuple[str, Codes]:
    """Return the runs with what changes in style between them, after text of the style ``now``, and the last style."""
    written: list[str] = []
    for text, codes in runs:
        if text.isspace() and not codes[0] and now[0] in ("", "1"):
            codes = (now[0], now[1], codes[2])  # noqa: PLW2901 - neither weight nor colour of the text shows on blanks
        if codes != now:
            if any(old and not new for old, new in zip(now, codes, strict=True)) or codes[0] != now[0]:
                changed = ["0" if any(now) else "", *codes]
            else:
                changed = [new for old, new in zip(now, codes, strict=True) if old != new]
            written.append(f"\x1b[{';'.join(filter(None, changed))}m")
            now = codes
        written.append(text)
    return "".join(written), now


def reset_after(codes: Codes) -> str:
    """Return what ends a style."""
    return "\x1b[0m" if any(codes) else ""


@lru_cache(maxsize=512)
def runs_of(text: str) -> tuple[Run, ...]:
    """Return the runs of a text that holds no other sequences than those of styles."""
    parts = _STYLE.split(text)
    codes, runs = PLAIN, [(parts[0], PLAIN)] if parts[0] else []
    for index in range(1, len(parts), 2):
        codes = _after(codes, parts[index])
        if shown := parts[index + 1]:
            if runs and runs[-1][1] == codes:
                shown = runs.pop()[0] + shown
            runs.append((shown, codes))
    return tuple(runs)


@lru_cache(maxsize=4096)
def _after(codes: Codes, parameters: str) -> Codes:
    """Return the style after a sequence."""
    attributes, foreground, background = codes
    numbers = iter(parameters.split(";"))
    for number in numbers:
        if number in ("", "0"):
            attributes = foreground = background = ""
        elif number in ("38", "48"):
            color = ";".join([number, *_color(numbers)])
            foreground, background = (color, background) if number == "38" else (foreground, color)
        elif number == "39":
            foreground = ""
        elif number == "49":
            background = ""
        elif len(number) > 1 and number[:-1] in ("3", "9"):
            foreground = number
        elif len(number) > 1 and number[:-1] in ("4", "10"):
            background = number
        else:
            attributes = f"{attributes};{number}" if attributes else number
    return attributes, foreground, background


def _color(numbers: Iterator[str]) -> list[str]:
    kind = next(numbers, "")
    return [kind, *(next(numbers, "") for _ in range(3 if kind == "2" else 1))]


def changed_part(old: Sequence[Run], new: Sequence[Run]) -> tuple[int, list[Run]]:
    """Return where two lines of the same length begin to differ, and the new runs from there to where they end to."""
    before, after = list(old), list(new)
    start = _leave_out_beginning(before, after)
    before, after = _reversed(before), _reversed(after)
    _leave_out_beginning(before, after)
    return start, _reversed(after)


def _leave_out_beginning(old: list[Run], new: list[Run]) -> int:
    """Take what both begin with away from both; return how many characters that is."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    left_out = sum(len(text) for text, _ in new[:same])
    del old[:same], new[:same]
    if old and new and old[0][1] == new[0][1]:
        cut = len(commonprefix([old[0][0], new[0][0]]))  # noqa: RUF071 - texts are what is compared
        left_out += cut
        for runs in (old, new):
            text, codes = runs[0]
            runs[:1] = [(text[cut:], codes)] if text[cut:] else []
    return left_out


def _reversed(runs: Iterable[Run]) -> list[Run]:
    return [(text[::-1], codes) for text, codes in reversed(list(runs))]
