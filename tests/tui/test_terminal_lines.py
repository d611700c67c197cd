"""A terminal that is sent shortened pictures must show what it would have shown."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from loglama_tui.terminal_lines import TerminalLines

COLUMNS, ROWS = 60, 9
Piece = tuple[int, int, str]

_TEXTS = [f"12:00:0{number}.000 INFO  weblama  request {number} finished" for number in range(8)]
_TEXTS += ["", "─" * COLUMNS, "│ ●  ▐", "日本語 wide", "e\u0301 combining"]
_STYLES = ["", "1", "38;2;228;234;241;48;2;16;21;28", "31"]


def piece(row: int, column: int, width: int, text: str, style: str) -> Piece:
    shown = ""
    for character in text:
        cells = sum(2 if "\u2e80" < other < "\uffff" else other != "\u0301" for other in shown + character)
        if cells > width:
            break
        shown += character
    cells = sum(2 if "\u2e80" < other < "\uffff" else other != "\u0301" for other in shown)
    filled = shown + " " * (width - cells)
    return row, column, f"\x1b[{style}m{filled}\x1b[0m" if style else filled


@st.composite
def pictures(draw: st.DrawFn) -> list[Piece]:
    """Some rows, each whole or in two pieces; neighbours often hold neighbouring texts, as a log does."""
    first = draw(st.integers(1, ROWS))
    last = draw(st.integers(first, ROWS))
    start = draw(st.integers(0, len(_TEXTS) - 1))
    mixed = draw(st.booleans())
    pieces = []
    for row in range(first, last + 1):
        text = draw(st.sampled_from(_TEXTS)) if mixed else _TEXTS[(start + row) % len(_TEXTS)]
        style = draw(st.sampled_from(_STYLES)) if mixed else ""
        cut = draw(st.sampled_from([0, 0, 0, 20])) if mixed else 0
        if cut:
            pieces.append(piece(row, 1, cut, text, style))
        if not cut or draw(st.booleans()):
            pieces.append(piece(row, cut + 1, COLUMNS - cut, text, style))
    return pieces


def written(pieces: list[Piece]) -> str:
    """Return a picture as Textual writes it."""
    last = pieces[-1][0]
    shown = [f"\x1b[{row};{column}H{text}" for row, column, text in pieces]
    ends = [pieces[index + 1 : index + 2] for index in range(len(pieces))]
    return (
        "".join(
            text + ("\n" if row != last and after[0][0] != row else "")
            for (row, *_), text, after in zip(pieces, shown, ends, strict=True)
        )
        + "\x1b[1;1H"
    )


def shown_on(screen: pyte.Screen) -> list[list[object]]:
    """Return what one sees: of a blank the background."""
    cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    return [[cell.bg if cell.data == " " and not cell.reverse else cell for cell in line] for line in cells]


@given(st.lists(pictures(), min_size=1, max_size=8))
def test_the_terminal_shows_the_same(sent: list[list[Piece]]) -> None:
    plain, thrifty = pyte.Screen(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    plain_stream, thrifty_stream = pyte.Stream(plain), pyte.Stream(thrifty)
    lines = TerminalLines()
    for picture in map(written, sent):
        plain_stream.feed(picture)
        thrifty_stream.feed(lines.shorten(picture, COLUMNS, ROWS))
        assert shown_on(thrifty) == shown_on(plain)


def log_lines(first: int, row: int = 1, count: int = ROWS - 1) -> list[Piece]:
    return [
        piece(row + index, 1, COLUMNS, f"12:00:00.000 INFO  weblama  request number {first + index}", "")
        for index in range(count)
    ]


def test_what_moved_is_moved_by_the_terminal_in_both_directions() -> None:
    lines = TerminalLines()
    whole = lines.shorten(written(log_lines(10)), COLUMNS, ROWS)
    for first in (12, 9):
        moved = lines.shorten(written(log_lines(first)), COLUMNS, ROWS)
        assert len(moved) < len(whole) / 2
        assert moved.count("request number") == abs(first - (10 if first == 12 else 12))


def test_what_is_shown_already_is_not_sent() -> None:
    lines = TerminalLines()
    lines.shorten(written(log_lines(1)), COLUMNS, ROWS)
    assert lines.shorten(written(log_lines(1)), COLUMNS, ROWS) == "\x1b[1;1H"


def test_a_whole_picture_mends_what_another_program_wrote() -> None:
    lines = TerminalLines()
    picture = written(log_lines(1, count=ROWS))
    lines.shorten(picture, COLUMNS, ROWS)
    assert lines.shorten(picture, COLUMNS, ROWS).count("request number") == ROWS


def test_nothing_is_taken_for_granted_after_other_text() -> None:
    lines = TerminalLines()
    lines.shorten(written(log_lines(1)), COLUMNS, ROWS)
    assert lines.shorten("\x1b[?1049h", COLUMNS, ROWS) == "\x1b[?1049h"
    assert lines.shorten(written(log_lines(1)), COLUMNS, ROWS).count("request number") == ROWS - 1
