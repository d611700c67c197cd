"""What the explorer does to a terminal at the far end of a line: little, legibly, and nothing that stays."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import psutil
import pytest

from tests.store_maker import row
from tests.terminal.steady_writer import line, steady_writer
from tests.terminal.terminal import explorer_on_terminal
from tests.tui.explorer import make_store, ordinary_rows
from tests.tui.screen_form import contrast

_GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")
_SGR = re.compile(rb"\x1b\[([0-9;]*)m")
_F3 = b"\x1bOR"


def colors_in(written: bytes) -> set[bytes]:
    """The parameters that set a colour (39 and 49 take the terminal's own)."""
    return {
        part
        for parameters in _SGR.findall(written)
        for part in parameters.split(b";")
        if re.fullmatch(rb"3[0-8]|4[0-8]|9[0-7]|10[0-7]", part)
    }


def test_suspending_gives_the_terminal_back_and_takes_it_again(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        before = terminal.mode()
        terminal.shows("number 49")
        process = psutil.Process(terminal.process.pid)
        os.write(terminal.descriptor, b"\x1a")
        terminal.until(lambda: process.status() == psutil.STATUS_STOPPED)
        terminal.settle()
        assert all(sequence in terminal.written[-400:] for sequence in _GIVEN_BACK)
        assert terminal.mode() == before
        seen = len(terminal.written)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.until(lambda: b"\x1b[?1049h" in terminal.written[seen:])
        terminal.answer("k", lambda: "‖ paused" in "\n".join(terminal.screen.display))
        os.write(terminal.descriptor, b"q")
        assert terminal.ends() == 0
        assert terminal.mode() == before


def test_a_lost_connection_ends_it(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path) as terminal:
        terminal.shows("number 49")
        os.close(terminal.descriptor)
        terminal.descriptor = os.open(os.devnull, os.O_RDWR)
        assert terminal.process.wait(timeout=30) != 0


def test_no_color_means_none_and_the_cursor_is_seen_all_the_same(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect", NO_COLOR="1") as terminal:
        terminal.shows("number 49")
        os.write(terminal.descriptor, b"/number\r")
        terminal.shows("hits")
        terminal.settle()
        assert colors_in(bytes(terminal.written)) == set()
        cursor = terminal.screen.buffer[terminal.cursor_row()]
        assert cursor[5].reverse
        word = terminal.screen.display[terminal.cursor_row() - 1].index("number")
        above = terminal.screen.buffer[terminal.cursor_row() - 1]
        assert above[word].reverse
        assert not above[word - 2].reverse


XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
CONSOLE = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


def color_of(name: str, values: str) -> str:
    number = _NAMES.index(name.removeprefix("bright")) + 8 * name.startswith("bright")
    return f"#{values.split()[number]}"


def test_sixteen_colors_are_enough(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect", TERM="xterm", COLORTERM="") as terminal:
        terminal.shows("number 49")
        terminal.settle()
        rows = []
        for keys in ("k", "E"):  # an ordinary record, and an error
            terminal.press(keys)
            cursor = terminal.cursor_row()
            rows += [dict(terminal.screen.buffer[row]) for row in (cursor, cursor - 3)]
        assert not colors_in(bytes(terminal.written)) & {b"38", b"48"}
        cells = [(cell.fg, cell.bg) for row in rows for x in range(1, 78) if (cell := row[x]).data.strip(" ▌▐")]
        for values in (XTERM, CONSOLE):
            faint = [pair for pair in cells if contrast(*(color_of(name, values) for name in pair)) < 4.5]
            assert set(faint) == set()
        assert rows[0][10].bg != rows[1][10].bg
        assert rows[2][10].bg != rows[3][10].bg


def test_the_mouse_can_be_left_to_the_terminal_and_stays_so(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("number 49")
        assert b"\x1b[?1000h" in terminal.written
        os.write(terminal.descriptor, _F3)
        terminal.shows("mouse off")
        assert b"\x1b[?1000l" in terminal.written
        os.write(terminal.descriptor, b"q")
        assert terminal.ends() == 0
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("number 49")
        terminal.until(lambda: b"\x1b[?1000l" in terminal.written)
        os.write(terminal.descriptor, _F3)
        terminal.shows("mouse on")
        assert b"\x1b[?1000h" in terminal.written[terminal.written.index(b"\x1b[?1000l") :]


@pytest.mark.parametrize(
    ("per_second", "most_pictures", "most_kilobytes"), [(20, 10, 25), (2_000, 4, 50)], ids=["readable", "unreadable"]
)
def test_live_is_drawn_in_one_beat(tmp_path: Path, per_second: int, most_pictures: int, most_kilobytes: int) -> None:
    """Log, bars and header together: ten times a second while one can read it, four times when nobody can."""
    log = tmp_path / "logs" / "pouring.log"
    log.parent.mkdir()
    log.write_bytes(b"".join(line(number, f"earlier {number}") for number in range(100)))
    with explorer_on_terminal(tmp_path, columns=120, lines=40) as terminal:
        terminal.shows("earlier 99")
        os.write(terminal.descriptor, b"\x1b[?2026;2$y")  # yes, pictures may be bracketed: so they can be counted
        with steady_writer(log, per_second):
            terminal.shows("collecting")
            terminal.shows("line ")
            terminal.watch(1.5)  # the first look for alarms is over
            pieces = terminal.record(3.0)
    pictures = sum(piece.count(b"\x1b[?2026h") for _, piece in pieces)
    assert 3 <= pictures <= 3 * most_pictures + 1
    assert sum(len(piece) for _, piece in pieces) < 3 * most_kilobytes * 1000


def test_what_lies_under_a_record_is_not_drawn_again_and_again(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "pouring.log"
    log.parent.mkdir()
    log.write_bytes(b"".join(line(number, f"earlier {number}") for number in range(100)))
    with explorer_on_terminal(tmp_path, columns=90, lines=28) as terminal:
        terminal.shows("earlier 99")
        with steady_writer(log, 50):
            terminal.shows("line ")
            os.write(terminal.descriptor, b"\r")
            terminal.shows("at byte")
            terminal.watch(1.0)
            assert sum(len(piece) for _, piece in terminal.record(2.0)) < 1_000
            os.write(terminal.descriptor, b"\x1b")
            terminal.until(lambda: "at byte" not in "\n".join(terminal.screen.display))
            assert "paused" in "\n".join(terminal.screen.display)
            terminal.answer("G", lambda: "following" in "\n".join(terminal.screen.display))


def test_a_text_too_long_for_the_clipboard_goes_into_a_private_file(tmp_path: Path) -> None:
    make_store(tmp_path, [row(1, "x" * 80_000)])
    with explorer_on_terminal(
        tmp_path, "--no-collect", TMPDIR=str(tmp_path), LOGLAMA_MAX_MESSAGE_LENGTH="100000"
    ) as terminal:
        terminal.shows("xxxx")
        os.write(terminal.descriptor, b"y")
        terminal.shows("is too long")
        terminal.until(lambda: list(tmp_path.glob("loglama-*.txt")))
        (written,) = tmp_path.glob("loglama-*.txt")
        assert "x" * 80_000 in written.read_text()
        assert written.stat().st_mode & 0o777 == 0o600
        assert b"\x1b]52" not in terminal.written
        written.unlink()
        os.write(terminal.descriptor, b"Y")
        terminal.until(lambda: list(tmp_path.glob("loglama-*.txt")))


def test_keys_of_ones_own_are_obeyed(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text('[keys]\n"live.pause" = "p"\n')
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("p pause")
        terminal.answer("p", lambda: "‖ paused" in "\n".join(terminal.screen.display))
