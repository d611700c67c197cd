"""A terminal's screen as SVG: small, alike with whatever monospaced font there is, and free of outside references.

Blocks and lines are drawn as shapes, so bars have no seams and frames no gaps; every other run of text is told how wide
it is. Rich's own SVG of the same screen takes six times the bytes and fetches a font.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.style import Style
    from textual.strip import Strip

CELL, LINE, MARGIN = 9, 20, 10
"""Width and height of a cell at 15 pixels a letter, and the frame around all cells, in pixels."""
_BASELINE = 15
_SEVERAL_BLANKS = re.compile("(  +)")
_FONTS = "'Fira Code','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,monospace"
_STYLE = f"text{{font:15px {_FONTS};font-variant-ligatures:none}}.b{{font-weight:700}}.i{{font-style:italic}}"
_BLOCKS: dict[str, tuple[float, float, float, float]] = {  # from the left, from the top, width, height, in cells
    **{character: (0, 1 - number / 8, 1, number / 8) for number, character in enumerate("▁▂▃▄▅▆▇█", 1)},
    **{character: (0, 0, number / 8, 1) for number, character in enumerate("▏▎▍▌▋▊▉", 1)},
    "▐": (0.5, 0, 0.5, 1),
    "▕": (0.875, 0, 0.125, 1),
    "▀": (0, 0, 1, 0.5),
    "▔": (0, 0, 1, 0.125),
}
_STROKES = {  # to the left, right, up, down
    "─": "lr", "│": "ud", "├": "rud", "└": "ru", "┤": "lud", "┌": "rd", "┐": "ld", "┘": "lu", "┬": "lrd", "┴": "lru",
    "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu", "┼": "lrud",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks: colours as ``#rrggbb``, a background only where it is not the screen's own."""

    color: str
    background: str = ""
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Cells of one line beside each other that look alike."""

    column: int
    width: int
    text: str
    look: Look


@dataclass(slots=True)
class _Drawing:
    parts: list[str] = field(default_factory=list)

    def rectangle(self, x: float, y: float, width: float, height: float, color: str) -> None:
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{color}"/>')


def svg_of(lines: Sequence[Strip], *, foreground: str, background: str) -> str:
    """Return the picture of a screen. ``foreground``, ``background``: colours of cells that name none."""
    columns = max((line.cell_length for line in lines), default=0)
    drawing = _Drawing()
    for row, line in enumerate(lines):
        draw_line(drawing.parts, row, runs_of(line, foreground, background))
    return framed("\n".join(drawing.parts), columns, len(lines), background)


def framed(content: str, columns: int, rows: int, background: str, style: str = "") -> str:
    """Return a whole SVG of so many cells around what is drawn in them."""
    width, height = columns * CELL + 2 * MARGIN, rows * LINE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<style>{_STYLE}{style}</style>"
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{background}"/>'
        f'<g transform="translate({MARGIN:g} {MARGIN:g})" shape-rendering="crispEdges">\n{content}\n</g></svg>\n'
    )


def draw_line(parts: list[str], row: int, runs: Iterable[Run]) -> None:
    """Add what one line of the screen consists of to ``parts``."""
    drawing = _Drawing(parts)
    for run in runs:
        top = row * LINE
        if run.look.background:
            drawing.rectangle(_x(run.column), top, _x(run.width), LINE, run.look.background)
        column = run.column
        for kind, characters in groupby(_pieces(run.text), key=_kind):
            for text in _joined(characters, together=kind in "text line"):
                width = cell_len(text)
                if kind == "block":
                    left, up, wide, high = _BLOCKS[text[0]]
                    wide = width if wide == 1 else wide
                    drawing.rectangle(
                        round(_x(column + left), 2), round(top + up * LINE, 2), _x(wide), round(high * LINE, 2),
                        run.look.color,
                    )  # fmt: skip
                elif kind == "line":
                    _draw_strokes(drawing, column, top, text, run.look.color)
                elif text.strip():
                    _draw_text(drawing, column, top, text, run.look)
                column += width


def _x(cells: float) -> float:
    return round(cells * CELL, 2)


def _pieces(text: str) -> Iterator[str]:
    """Yield the characters, each with what combines with it."""
    piece = ""
    for character in text:
        if piece and cell_len(character) > 0:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _kind(piece: str) -> str:
    if piece in _BLOCKS:
        return "block"
    if piece in _STROKES:
        return "line"
    return "text" if piece.isascii() or (cell_len(piece) == 1 and piece.isalpha()) else "single"


def _joined(pieces: Iterable[str], *, together: bool) -> Iterator[str]:
    if together:
        # Viewers disagree on what becomes of several blanks: they are drawn by leaving room.
        yield from filter(None, _SEVERAL_BLANKS.split("".join(pieces)))
        return
    for piece, group in groupby(pieces):
        if _BLOCKS.get(piece, (0, 0, 0, 0))[2] == 1:
            yield "".join(group)
        else:
            yield from group


def _draw_text(drawing: _Drawing, column: int, top: float, text: str, look: Look) -> None:
    bare = text.rstrip(" ")
    column += len(bare) - len(bare.lstrip(" "))
    bare = bare.lstrip(" ")
    classes = " ".join(name for name, on in (("b", look.bold), ("i", look.italic)) if on)
    lines = " ".join(name for name, on in (("underline", look.underline), ("line-through", look.strike)) if on)
    width = cell_len(bare)
    attributes = (
        f' class="{classes}"' if classes else "",
        f' text-decoration="{lines}"' if lines else "",
        f' textLength="{_x(width):g}"' if width > 1 else "",
    )
    drawing.parts.append(
        f'<text x="{_x(column):g}" y="{top + _BASELINE:g}" fill="{look.color}"{"".join(attributes)}>'
        f"{escape(bare)}</text>"
    )


def _draw_strokes(drawing: _Drawing, column: int, top: float, text: str, color: str) -> None:
    middle = round(top + LINE / 2, 2)
    for character, group in groupby(text):
        count = len(list(group))
        if character == "─":
            drawing.rectangle(_x(column), middle, _x(count), 1, color)
            column += count
            continue
        for _ in range(count):
            strokes = _STROKES[character]
            center = round(_x(column) + CELL / 2, 2)
            if "l" in strokes or "r" in strokes:
                start = _x(column) if "l" in strokes else center
                end = _x(column + 1) if "r" in strokes else center
                drawing.rectangle(start, middle, round(end - start, 2), 1, color)
            start = top if "u" in strokes else middle
            end = top + LINE if "d" in strokes else middle + 1
            drawing.rectangle(center, start, 1, round(end - start, 2), color)
            column += 1


def runs_of(line: Strip, foreground: str, background: str) -> list[Run]:
    """Return the runs of a line; blanks go with what they stand beside, for they have no colour of their own."""
    runs: list[Run] = []
    column = 0
    for text, style, _control in line:
        width = cell_len(text)
        look = _look(style, foreground, background)
        last = runs[-1] if runs else None
        blank = not text.strip(" ") and not look.underline and not look.strike
        if last is not None and (last.look == look or (blank and last.look.background == look.background)):
            runs[-1] = Run(last.column, last.width + width, last.text + text, last.look)
        elif width:
            runs.append(Run(column, width, text, look))
        column += width
    return [run for run in runs if run.look.background or run.text.strip()]


def _look(style: Style | None, foreground: str, background: str) -> Look:
    if style is None:
        return Look(foreground)
    color = style.color.triplet.hex if style.color is not None and style.color.triplet else foreground
    ground = style.bgcolor.triplet.hex if style.bgcolor is not None and style.bgcolor.triplet else background
    if style.reverse:
        color, ground = ground, color
    return Look(
        color,
        "" if ground == background else ground,
        bool(style.bold),
        bool(style.italic),
        bool(style.underline),
        bool(style.strike),
    )
