from __future__ import annotations

import os
import signal
import statistics
import time
from pathlib import Path

import pytest

from tests.store_maker import StoreMaker, row
from tests.terminal.terminal import Terminal, explorer_on_terminal
from tests.tui.explorer import make_store, ordinary_rows

_RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")


def assert_restored(terminal: Terminal, before: object) -> None:
    tail = terminal.written[-400:]
    assert all(sequence in tail for sequence in _RESTORED), tail
    assert terminal.mode() == before


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_first_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    make_store(tmp_path, ordinary_rows(500))
    with explorer_on_terminal(tmp_path, "--no-collect", columns=size[0], lines=size[1]) as terminal:
        terminal.shows("number 499")
        terminal.shows("LogLama")
        terminal.shows("? help")
        assert terminal.screen.display[1].startswith("  1 Live   2 Search   3 Services   4 Diagnostics")
        terminal.press("q")
        assert terminal.ends() == 0


def test_a_cursor_move_sends_less_than_a_kilobyte(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(500))
    with explorer_on_terminal(tmp_path, "--no-collect", columns=120, lines=40) as terminal:
        terminal.shows("number 499")
        terminal.shows("warning")  # the checks have been run: nothing but the keys moves anything now
        terminal.press("k")
        sizes = [terminal.press("k") for _ in range(12)] + [terminal.press("j") for _ in range(8)]
        assert statistics.quantiles(sizes, n=20)[-1] <= 1024, sizes


MOVES: tuple[tuple[str, int, tuple[str, ...], int], ...] = (
    ("search", 80, ("j",), 1024),
    ("search", 120, ("j",), 1024),
    ("search", 120, ("f", "j"), 1024),
    ("search", 120, ("jjjjjjjj", "c", "k"), 1024),
    ("search", 160, ("j", "\r", "\t", "j"), 1024),
    ("live", 80, ("k", "\r", "j"), 1024),
    ("search", 120, ("p",), 1024),
    ("search", 160, ("jjj", "\r", "j"), 1200),  # the record beside the log becomes another one with every move
)
"""Tab, columns, keys that lead to where the cursor moves, and the bytes that a move may take."""


@pytest.mark.parametrize(("tab", "columns", "keys", "most"), MOVES)
def test_a_cursor_move_sends_little_wherever_it_is_made(
    tmp_path: Path, tab: str, columns: int, keys: tuple[str, ...], most: int
) -> None:
    make_store(tmp_path, ordinary_rows(500))
    with explorer_on_terminal(tmp_path, "--no-collect", "--tab", tab, columns=columns, lines=40) as terminal:
        terminal.shows("hits" if tab == "search" else "number 499")
        terminal.shows("warning")  # the checks have been run: nothing but the keys moves anything now
        terminal.settle()
        for key in keys:
            terminal.press(key)
        sizes = [terminal.press(key) for key in "jjjjkkk"]
        assert 0 < statistics.median(sizes) <= most, sizes
        assert sorted(sizes)[-2] <= most, sizes


@pytest.mark.parametrize(("tab", "key"), [("search", "j"), ("live", "k")])
def test_what_follows_the_cursor_waits_while_a_key_is_held(tmp_path: Path, tab: str, key: str) -> None:
    make_store(tmp_path, ordinary_rows(500))
    with explorer_on_terminal(tmp_path, "--no-collect", "--tab", tab, columns=160, lines=40) as terminal:
        terminal.shows("hits" if tab == "search" else "number 499")
        terminal.shows("warning")  # the checks have been run: nothing but the keys moves anything now
        terminal.settle()
        for keys in (key, "\r"):
            terminal.press(keys)
        shown = next(line for line in terminal.screen.display if "RECORD" in line).split("RECORD")[1].split()[0]
        before = len(terminal.written)
        for _ in range(10):
            os.write(terminal.descriptor, key.encode())
            terminal.watch(0.033)
        terminal.shows(f"RECORD {int(shown) - 10}")
        assert len(terminal.written) - before <= 10 * 1024


def test_keys_are_answered_while_records_pour_in(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(500))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("number 499")
        terminal.press("kkk")
        with StoreMaker(path) as maker:
            source = maker.source("logs/pouring.log", "weblama", inode=7)
            for index in range(10):
                maker.add(source, ordinary_rows(500, first=500 * (index + 1)))
                os.write(terminal.descriptor, b"k")
                terminal.read(within_s=0.01)
            terminal.shows("5,500")
            terminal.shows("5,000 records")


def test_a_key_typed_before_there_is_a_picture_is_not_taken_for_a_filter(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        for _ in range(200):
            os.write(terminal.descriptor, b"k")
            terminal.watch(0.01)
            if "number 49" in "\n".join(terminal.screen.display):
                break
        terminal.shows("paused")
        terminal.shows("type to narrow")


@pytest.mark.parametrize("keys", ["q", "\x11"])
def test_quitting_restores_the_terminal(tmp_path: Path, keys: str) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        before = terminal.mode()
        terminal.shows("number 49")
        os.write(terminal.descriptor, keys.encode())
        assert terminal.ends() == 0
        assert_restored(terminal, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_is_told(tmp_path: Path, number: signal.Signals) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        before = terminal.mode()
        terminal.shows("number 49")
        terminal.process.send_signal(number)
        assert terminal.ends() == 128 + number
        assert_restored(terminal, before)


BUGS = {
    "in an action": (
        " ",
        (
            "def boom(self): secret = self.view.record.message; raise ZeroDivisionError('a bug')\n"
            "live.LivePane.action_toggle_follow = boom\n"
        ),
    ),
    "in a thread": (
        "e",
        (
            "def boom(self, reader, record, direction): secret = record.message; raise ZeroDivisionError('a bug')\n"
            "live.LivePane.find_error = boom\n"
        ),
    ),
    "in drawing": (
        " ",
        (
            "def boom(self, crop): secret = self.record.message; raise ZeroDivisionError('a bug')\n"
            "def pause(self): live.LogView.render_lines = boom; self.view.refresh()\n"
            "live.LivePane.action_toggle_follow = pause\n"
        ),
    ),
}


@pytest.mark.parametrize(("key", "code"), BUGS.values(), ids=BUGS)
def test_security_20_a_bug_restores_the_terminal_and_shows_no_local_variables(
    tmp_path: Path, key: str, code: str
) -> None:
    make_store(tmp_path, [row(1, "the-secret-of-a-record")])
    code = f"import loglama_tui.panes.live as live\n{code}"
    (tmp_path / "sitecustomize.py").write_text(
        "import builtins\n"
        "_import = builtins.__import__\n"
        "def patched(name, *args, **kwargs):\n"
        "    module = _import(name, *args, **kwargs)\n"
        "    if name == 'loglama_tui.app':\n"
        "        builtins.__import__ = _import\n"
        f"        exec({code!r}, {{}})\n"
        "    return module\n"
        "builtins.__import__ = patched\n"
    )
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
    with explorer_on_terminal(tmp_path, "--no-collect", PYTHONPATH=path) as terminal:
        before = terminal.mode()
        terminal.shows("the-secret")
        os.write(terminal.descriptor, key.encode())
        assert terminal.ends() not in (0, -signal.SIGKILL)
        assert terminal.mode() == before
        assert all(sequence in terminal.written for sequence in _RESTORED)
        assert "a bug" in terminal.text_left()
        assert "the-secret-of-a-record" not in terminal.text_left()


def test_a_signal_restores_the_terminal_from_whatever_is_open(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path) as terminal:
        before = terminal.mode()
        terminal.shows("number 49")
        for keys, opened in (("\r", "RECORD 50"), ("c", "CONTEXT"), ("?", "IN THE LOG")):
            os.write(terminal.descriptor, keys.encode())
            terminal.shows(opened)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ends() == 128 + signal.SIGTERM
        assert_restored(terminal, before)


def test_keys_that_arrive_at_once_after_a_slash_are_text(tmp_path: Path) -> None:
    """Over a slow line several keys come in one read; the q of a filter must not quit."""
    make_store(tmp_path, ordinary_rows(50))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("number 49")
        os.write(terminal.descriptor, b"/quit/2")
        terminal.shows("filter quit/2")
        assert terminal.process.poll() is None


def test_copying_reaches_the_clipboard_by_osc_52(tmp_path: Path) -> None:
    make_store(tmp_path, [row(1, "copy me")])
    with explorer_on_terminal(tmp_path, "--no-collect", TMUX="/run/tmux,1,0") as terminal:
        terminal.shows("copy me")
        terminal.press("y")
        assert b"\x1b]52;c;" in terminal.written
        terminal.shows("set-clipboard on")


def test_an_empty_folder_is_explained(tmp_path: Path) -> None:
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("There is nothing to show yet.")
        os.write(terminal.descriptor, b"q")
        assert terminal.ends() == 0


def test_the_collector_inside_shows_a_line_soon_after_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "weblama.log"
    log.write_text('{"timestamp": "2026-11-01T10:00:00Z", "level": "info", "message": "the first line"}\n')
    with explorer_on_terminal(tmp_path) as terminal:
        terminal.shows("the first line")
        with log.open("a") as stream:
            stream.write('{"timestamp": "2026-11-01T10:00:01Z", "level": "error", "message": "appended later"}\n')
        started = time.monotonic()
        terminal.shows("appended later")
        assert time.monotonic() - started < 10
        terminal.shows("● ")
        os.write(terminal.descriptor, b"q")
        assert terminal.ends() == 0


def test_facets_asked_for_in_a_narrow_terminal_are_laid_out_for_it(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(300))
    with explorer_on_terminal(tmp_path, "--no-collect") as terminal:
        terminal.shows("number 299")
        os.write(terminal.descriptor, b"2")
        terminal.shows("300 hits")
        terminal.settle()
        os.write(terminal.descriptor, b"f")
        terminal.shows("LEVEL")
        terminal.settle()
        lines = [line[:25].split() for line in terminal.screen.display]
        assert [line[-1] for line in lines if "weblama" in line] == ["150"], terminal.screen.display


def test_a_tab_that_was_resized_while_hidden_is_laid_out_when_it_is_shown(tmp_path: Path) -> None:
    make_store(tmp_path, ordinary_rows(300))
    with explorer_on_terminal(tmp_path, "--no-collect", "--tab", "search", columns=120, lines=30) as terminal:
        terminal.shows("300 hits")
        terminal.shows("SERVICE")
        os.write(terminal.descriptor, b"1")
        terminal.shows("following")
        terminal.resize(80, 24)
        terminal.settle()
        os.write(terminal.descriptor, b"2")
        terminal.shows("300 hits")
        terminal.settle()
        assert not any("SERVICE" in line for line in terminal.screen.display)
        assert all(line[79] in "\u2590 \u2500\u2026" for line in terminal.screen.display[9:20])
