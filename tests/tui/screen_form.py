"""A screen as text that a person can compare: first what stands there, then in which colours, by their role.

Roles and not colours, so that another shade changes nothing here: a line of styles reads ``dim 12 · error bold 5 · …``,
a role and its number of cells, from the left; ``-`` are blank cells, ``on ROLE`` a background not the screen's own.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style
    from textual.strip import Strip

    from loglama_tui.theme import Palette

_DECORATION = frozenset(map(chr, range(0x2500, 0x25A0))) | {" "}
"""Rules, frames, bars and blocks: not text."""
_ATTRIBUTES = ("bold", "italic", "underline", "strike", "reverse", "dim")


def text_form(lines: Sequence[Strip], palette: Palette) -> str:
    """Return a screen as text and styles."""
    roles = roles_of(palette)
    shown = [line.text.rstrip() for line in lines]
    styles = [_styles(line, roles) for line in lines]
    return "\n".join([*shown, "", *(f"{row:>2}  {text}".rstrip() for row, text in enumerate(styles, 1))]) + "\n"


def roles_of(palette: Palette) -> dict[str, str]:
    """Return the role of each colour of a palette; one that has several is called by the first."""
    roles: dict[str, str] = {}
    for each in fields(palette):
        value = getattr(palette, each.name)
        colors = (
            {f"service-{number}": color for number, color in enumerate(value, 1)} if each.name == "services" else {}
        )
        if isinstance(value, str):
            colors = {each.name: value}
        for role, color in colors.items():
            roles.setdefault(color, role)
    return roles


def faint_texts(lines: Sequence[Strip], least: float) -> list[str]:
    """Return the texts whose contrast with what is behind them is less than a ratio, with both colours."""
    found = []
    for line in lines:
        for text, style, _ in line:
            letters = "".join(character for character in text if character not in _DECORATION)
            if letters and style is not None and style.color is not None and style.bgcolor is not None:
                color, ground = _colors(style)
                if color and ground and contrast(color, ground) < least:
                    found.append(f"{text!r} {color} on {ground}")
    return found


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2 of ``#rrggbb``."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _colors(style: Style) -> tuple[str, str]:
    color = style.color.triplet.hex if style.color is not None and style.color.triplet else ""
    ground = style.bgcolor.triplet.hex if style.bgcolor is not None and style.bgcolor.triplet else ""
    return (ground, color) if style.reverse else (color, ground)


def _styles(line: Strip, roles: dict[str, str]) -> str:
    runs = [(name, sum(width for _, width in group)) for name, group in groupby(_runs(line, roles), lambda run: run[0])]
    if runs and runs[-1][0] == "-":
        runs.pop()
    return " · ".join(f"{name} {width}" for name, width in runs)


def _runs(line: Strip, roles: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Yield style and width of each segment; blanks, which have no colour of their own, in that of what is before."""
    last, last_ground = "-", ""
    for text, style, _ in line:
        color, ground = ("", "") if style is None else _colors(style)
        ground_role = roles.get(ground, ground)
        on = "" if ground_role in ("", "background") else f" on {ground_role}"
        marks = [mark for mark in _ATTRIBUTES if style is not None and getattr(style, mark) and mark != "reverse"]
        if style is not None and style.reverse and not color:
            marks.append("reverse")
        if not text.strip() and not {"underline", "strike", "reverse"} & {*marks}:
            if last_ground != ground_role or last == "-":
                last = on.strip() or "-"
        else:
            last = " ".join([roles.get(color, color) or "plain", *marks]) + on
        last_ground = ground_role
        yield last, cell_len(text)
