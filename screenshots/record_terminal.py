"""Record half a minute of ``loglama demo`` in a terminal: ``recording.cast`` for asciinema and ``recording.svg``.

Run by ``nox -s recording``. The program is the real one, on a pseudo-terminal of its own; nothing is sent anywhere. The
demo's clock runs, so two recordings differ.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from loglama_tui.theme import DARK
from screenshots.svg_picture import LINE, Look, Run, draw_line, framed
from tests.terminal.terminal import Terminal, program_on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyte.screens import Char

FOLDER = Path(__file__).parent
COLUMNS, ROWS = 100, 28
_PAUSE_S = 0.03
_FRAME_S = 0.15
"""Pictures that follow each other faster are one."""
STORY: tuple[tuple[str, float], ...] = (  # keys, seconds to look at what they did
    ("", 3.0),
    ("$", 2.0),
    ("\r", 2.5),
    ("\x1b", 0.8),
    ("2", 1.5),
    ("/", 0.4),
    *((letter, 0.09) for letter in 'level>=warning "timed out"'),
    ("\r", 1.8),
    ("j", 0.4),
    ("j", 0.4),
    ("j", 1.0),
    ("t", 3.0),
    ("\x1b", 0.8),
    ("p", 2.5),
    ("\x1b", 0.8),
    ("3", 2.0),
    ("4", 2.5),
    ("1", 2.0),
)


Frame = tuple[tuple[Run, ...], ...]
"""The runs of each line."""


class Recording:
    """What a terminal shows, and since when."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._began = time.monotonic()
        self.frames: list[tuple[float, Frame]] = []

    def watch(self, seconds: float) -> None:
        """Take down what comes for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._terminal.read(within_s=min(left, _FRAME_S)):
                while self._terminal.read(within_s=_PAUSE_S):  # until the picture is whole
                    pass
            now = time.monotonic() - self._began
            if not self.frames or now - self.frames[-1][0] >= _FRAME_S:
                self._note_frame(now)
        self._note_frame(time.monotonic() - self._began)

    def _note_frame(self, now: float) -> None:
        buffer = self._terminal.screen.buffer
        picture = tuple(tuple(_runs([buffer[y][x] for x in range(COLUMNS)])) for y in range(ROWS))
        if not self.frames or self.frames[-1][1] != picture:
            self.frames.append((now, picture))

    @property
    def seconds(self) -> float:
        """How long it lasts: its last frame is looked at for a second."""
        return self.frames[-1][0] + 1.0

    def begin(self) -> None:
        """Leave out what was before there was a whole screen to see."""
        self._began = time.monotonic()
        self.frames = [(0.0, self.frames[-1][1])]

    def as_cast(self) -> str:
        """Return it as asciicast, version 2: the lines of each frame that differ from the one before."""
        head = {
            "version": 2,
            "width": COLUMNS,
            "height": ROWS,
            "title": "loglama demo",
            "env": {"TERM": "xterm-256color"},
        }
        lines: list[object] = [head]
        before: Frame = ((),) * ROWS
        for at, frame in self.frames:
            changed = [(row, runs) for row, runs in enumerate(frame) if runs != before[row]]
            text = "".join(f"\x1b[{row + 1};1H\x1b[0m\x1b[K{_sgr_line(runs)}" for row, runs in changed)
            lines.append([round(at, 3), "o", ("" if before[0] else "\x1b[?25l\x1b[2J") + text])
            before = frame
        lines.append([round(self.seconds, 3), "o", "\x1b[0m\x1b[2J\x1b[H\x1b[?25h"])
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    def as_svg(self) -> str:
        """Return it as a film: one frame above the other, and a window that jumps from one to the next."""
        known: dict[tuple[Run, ...], int] = {}
        drawn: list[str] = []
        film: list[str] = []
        steps: list[str] = []
        height = ROWS * LINE
        for number, (at, picture) in enumerate(self.frames):
            steps.append(f"{at / self.seconds:.3%}{{transform:translateY({-number * height}px)}}")
            for row, runs in enumerate(picture):
                if not runs:
                    continue
                if runs not in known:
                    known[runs] = len(known)
                    parts: list[str] = []
                    draw_line(parts, 0, runs)
                    drawn.append(f'<g id="l{known[runs]}">{"".join(parts)}</g>')
                film.append(f'<use href="#l{known[runs]}" y="{number * height + row * LINE}"/>')
        steps.append(f"100%{{transform:translateY({-(len(self.frames) - 1) * height}px)}}")
        style = (
            f"@keyframes film{{{''.join(steps)}}}.film{{animation:film {self.seconds:.1f}s steps(1,end) infinite}}"
            "@media (prefers-reduced-motion:reduce){.film{animation:none}}"
        )
        window = (
            f'<defs>{"".join(drawn)}</defs><svg width="{COLUMNS * 9}" height="{height}" overflow="hidden">'
            f'<g class="film">{"".join(film)}</g></svg>'
        )
        return framed(window, COLUMNS, ROWS, DARK.background, style)


def _sgr_line(runs: tuple[Run, ...]) -> str:
    column, parts = 0, []
    for run in runs:
        look = run.look
        marks = [
            code for code, on in (("1", look.bold), ("3", look.italic), ("4", look.underline), ("9", look.strike)) if on
        ]
        colors = [f"38;2;{_numbers(look.color)}", *([f"48;2;{_numbers(look.background)}"] if look.background else [])]
        gap = " " * (run.column - column)
        parts.append(f"\x1b[0m{gap}\x1b[{';'.join([*marks, *colors])}m{run.text}")
        column = run.column + run.width
    return "".join(parts)


def _numbers(color: str) -> str:
    return ";".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))


def _runs(cells: list[Char]) -> Iterator[Run]:
    run: Run | None = None
    for column, cell in enumerate(cells):
        if not cell.data:  # the second half of a wide character
            continue
        look = _look(cell)
        is_blank = cell.data == " " and not look.underline
        if run is not None and (run.look == look or (is_blank and run.look.background == look.background)):
            run = Run(run.column, run.width + cell_len(cell.data), run.text + cell.data, run.look)
            continue
        if run is not None and (run.look.background or run.text.strip()):
            yield run
        run = Run(column, cell_len(cell.data), cell.data, look)
    if run is not None and (run.look.background or run.text.strip()):
        yield run


def _look(cell: Char) -> Look:
    color = DARK.bright if cell.fg == "default" else f"#{cell.fg}"
    ground = DARK.background if cell.bg == "default" else f"#{cell.bg}"
    if cell.reverse:
        color, ground = ground, color
    return Look(
        color, "" if ground == DARK.background else ground, cell.bold, cell.italics, cell.underscore, cell.strikethrough
    )


def main() -> None:
    """Play the story, and write both files."""
    command = [sys.executable, "-c", "from loglama_tui.cli import main; main()", "demo", "--rate", "5"]
    with (
        tempfile.TemporaryDirectory(prefix="loglama-recording-") as folder,
        program_on_terminal(command, Path(folder), columns=COLUMNS, lines=ROWS) as terminal,
    ):
        recording = Recording(terminal)
        while not any("palette" in line for line in terminal.screen.display):
            recording.watch(_FRAME_S)
        recording.begin()
        for keys, seconds in STORY:
            os.write(terminal.descriptor, keys.encode())
            recording.watch(seconds)
        os.write(terminal.descriptor, b"q")
        terminal.ends()
    (FOLDER / "recording.cast").write_text(recording.as_cast(), encoding="utf-8")
    (FOLDER / "recording.svg").write_text(recording.as_svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
