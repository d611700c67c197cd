"""What the terminal shows, line by line: only what differs is sent, and what merely moved is moved by the terminal.

Textual draws every line of a widget that changed. A log that follows is one line longer and otherwise the same lines
further up: at 120x40 each picture of it took 9.5 kB, ten times a second. Here the lines are recognised by what was sent
for them, as curses does it, and a picture with one new line takes some 0.6 kB.

Lines are deleted and inserted within a scrolling region (DECSTBM, DL, IL): the VT102 had them, and so have tmux, screen
and the Linux console.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from loglama_tui.styled_runs import PLAIN, Codes, Run, changed_part, encode_after, reset_after, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_STYLE = re.compile(r"\x1b\[[\d;]*m")
_SURE = re.compile("[ -~\u00a1-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2713\u2717]*")
"""Characters that take one cell in every terminal. Of others terminals think differently."""
_WORTH = 100
"""Bytes that moving lines must save: setting the region takes about 25."""


class _Piece(NamedTuple):
    """A run of text at a place; ``end`` is the column after it, from 1 on. ``sure``: every terminal agrees on it."""

    row: int
    column: int
    end: int
    text: str
    sure: bool


class TerminalLines:
    """Knows what was sent for each line. A picture that was cut short, or text from elsewhere, makes it forget."""

    def __init__(self) -> None:
        self._shown: dict[int, dict[int, _Piece]] = {}

    def forget(self) -> None:
        """Take nothing for granted: the next picture is sent as it is."""
        self._shown.clear()

    def shorten(self, picture: str, columns: int, rows: int) -> str:
        """Return what makes the terminal show a picture: text at places, each begun by a move of the cursor.

        A picture of the whole screen is sent whole, so that one can mend a screen that something else wrote to.
        """
        parts = _MOVE.split(picture)
        if parts[0] or len(parts) < 4:
            self.forget()
            return picture
        pieces = [_piece(*parts[index : index + 3]) for index in range(1, len(parts), 3)]
        if sum(piece.end - piece.column for piece in pieces) >= columns * rows:
            self.forget()
        written = [self._move_lines(lines) for lines in _neighbours(pieces, columns)]
        place: tuple[int, int] | None = None
        style: Codes = PLAIN
        for piece in pieces:
            if self._is_shown(piece):
                continue
            start, end, runs = self._changed(piece)
            if place != (piece.row, start):
                written.append(f"\x1b[{piece.row};{start}H")
            if runs is None:
                written += [reset_after(style), piece.text]
                style = PLAIN
            else:
                text, style = encode_after(style, runs)
                written.append(text)
            self._remember(piece)
            place = (piece.row, end) if runs is not None and end <= columns else None
        return "".join([*written, reset_after(style)])

    def _is_shown(self, piece: _Piece) -> bool:
        return bool(piece.text) and self._shown.get(piece.row, {}).get(piece.column) == piece

    def _changed(self, piece: _Piece) -> tuple[int, int, Sequence[Run] | None]:
        """Return what of a piece is to be sent: from which column on, up to which, and its runs.

        ``None`` in their place: the text as it is, for it is not known how many cells each character takes.
        """
        if not piece.sure:
            return piece.column, piece.end, None
        shown = self._shown.get(piece.row, {}).get(piece.column)
        runs = runs_of(piece.text)
        if shown is None or not shown.sure or shown.end != piece.end:
            return piece.column, piece.end, runs
        first, changed = changed_part(runs_of(shown.text), runs)
        start = piece.column + first
        return start, start + sum(len(text) for text, _ in changed), changed

    def _remember(self, piece: _Piece) -> None:
        if piece.column == piece.end:
            return
        line = self._shown.get(piece.row, {})
        kept = {
            column: other
            for column, other in line.items()
            if other.end <= piece.column or (column >= piece.end and piece.sure)
        }
        self._shown[piece.row] = {**kept, piece.column: piece}
        if not piece.sure:
            self._shown.pop(piece.row + 1, None)  # it may have run over into the next line

    def _move_lines(self, lines: Mapping[int, str]) -> str:
        """Return what moves lines that are shown to where they are wanted, if that saves enough; ``lines``: by row."""
        shown = {row: piece.text for row in lines if (piece := self._shown.get(row, {}).get(1)) is not None}
        often = Counter(shown.values())
        place = {text: row for row, text in shown.items() if often[text] == 1}
        moves = [(place[text] - row, row) for row, text in lines.items() if text in place]
        distance, _ = Counter(by for by, _ in moves if by).most_common(1)[0] if any(by for by, _ in moves) else (0, 0)
        if not distance:
            return ""
        moved = [row for by, row in moves if by == distance]
        stay = [row for by, row in moves if not by]
        if sum(len(lines[row]) for row in moved) < sum(len(lines[row]) for row in stay) + _WORTH:
            return ""
        top, bottom = min(*moved, moved[0] + distance), max(*moved, moved[-1] + distance)
        before = {row: self._shown.pop(row, {}) for row in range(top, bottom + 1)}
        for row in range(top, bottom + 1):
            if top <= row + distance <= bottom:
                self._shown[row] = {column: piece._replace(row=row) for column, piece in before[row + distance].items()}
        command = f"{distance}M" if distance > 0 else f"{-distance}L"
        return f"\x1b[{top};{bottom}r\x1b[{top}H\x1b[{command}\x1b[r"


def _piece(row: str, column: str, text: str) -> _Piece:
    text = text.removesuffix("\n")
    plain = _STYLE.sub("", text)
    sure = _SURE.fullmatch(plain) is not None
    start = int(column)
    return _Piece(int(row), start, start + (len(plain) if sure else cell_len(plain)), text, sure)


def _neighbours(pieces: Sequence[_Piece], columns: int) -> Iterator[dict[int, str]]:
    """Yield the stretches of rows, at least three, that are written from the first cell to the last."""
    whole = {piece.row: piece.text for piece in pieces if piece.column == 1 and piece.end > columns}
    rows = sorted(whole)
    gaps = [index + 1 for index, (row, below) in enumerate(pairwise(rows)) if below != row + 1]
    for start, end in pairwise([0, *gaps, len(rows)]):
        if end - start >= 3:
            yield {row: whole[row] for row in rows[start:end]}
