"""A monkey at the keyboard: random keys and mouse events while records pour in. Nothing may end the program."""

from __future__ import annotations

import os
import random
from pathlib import Path

import psutil
import pytest

from loglama_tui.commands import COMMANDS
from tests.terminal.steady_writer import steady_writer
from tests.terminal.terminal import Terminal, explorer_on_terminal
from tests.tui.explorer import make_store, ordinary_rows

SEED = int(os.environ.get("LOGLAMA_MONKEY_SEED", "7"))
_SEQUENCES = {
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "ctrl+p": "\x10",
    "ctrl+r": "\x12",
    "ctrl+b": "\x02",
    "ctrl+f": "\x06",
    "ctrl+y": "\x19",
}
_LEAVING = {"q"}
"""Left out; ctrl+q and ctrl+z are not among the sequences."""
_TYPED = ("timeout ", 'level>=warning "', "service:(", "~[", "łódź", "日本", "status:500 OR ", "since:15m ")


def a_key(rng: random.Random, keys: list[str]) -> str:
    return _SEQUENCES.get(key := rng.choice(keys), key)


def an_event(rng: random.Random, keys: list[str], columns: int, lines: int) -> str:
    kind = rng.random()
    x, y = rng.randint(1, columns), rng.randint(1, lines)
    if kind < 0.70:
        return a_key(rng, keys)
    if kind < 0.85:
        return f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"
    if kind < 0.90:
        return f"\x1b[<{rng.choice((64, 65))};{x};{y}M"
    if kind < 0.94:
        return f"\x1b[<0;{x};{y}M\x1b[<32;{rng.randint(1, columns)};{rng.randint(1, lines)}M\x1b[<0;{x};{y}m"
    return rng.choice(_TYPED) if kind < 0.97 else f"\x1b[<35;{x};{y}M"


def every_key() -> list[str]:
    keys = {key for command in COMMANDS for key in command.keys.split(",")}
    return sorted(key for key in keys - _LEAVING if key in _SEQUENCES or len(key) == 1)


def let_loose(terminal: Terminal, events: int, rng: random.Random) -> list[float]:
    """Send random events, a few at a time; returns the resident memory in MB now and then."""
    keys, process = every_key(), psutil.Process(terminal.process.pid)
    sent: list[str] = []
    memory = []
    for index in range(events):
        sent.append(an_event(rng, keys, terminal.screen.columns, terminal.screen.lines))
        os.write(terminal.descriptor, sent[-1].encode())
        terminal.read(within_s=rng.choice((0.0, 0.0, 0.0, 0.02, 0.1)))
        if terminal.process.poll() is not None:
            terminal.settle()
            raise AssertionError(
                f"ended with {terminal.process.returncode} after {sent[-12:]!r}\n{terminal.text_left()}"
            )
        if index % 100 == 0:
            memory.append(process.memory_info().rss / 1e6)
    return memory


def monkey(folder: Path, events: int, per_second: int) -> list[float]:
    (folder / "logs").mkdir()
    make_store(folder, ordinary_rows(2_000))
    log = folder / "logs" / "pouring.log"
    log.touch()
    with explorer_on_terminal(folder, "--debug", columns=150, lines=40, TMPDIR=str(folder)) as terminal:
        terminal.shows("? help")
        with steady_writer(log, per_second):
            memory = let_loose(terminal, events, random.Random(SEED))
        for _ in range(8):  # out of whatever it got into
            os.write(terminal.descriptor, b"\x1b")
            terminal.watch(0.3)
        os.write(terminal.descriptor, b"\x11")
        assert terminal.ends() == 0, terminal.text_left()
        return memory


def test_a_monkey_breaks_nothing(tmp_path: Path) -> None:
    monkey(tmp_path, 250, 200)


@pytest.mark.soak
def test_a_patient_monkey_breaks_nothing_and_fills_no_memory(tmp_path: Path) -> None:
    memory = monkey(tmp_path, 5_000, 1_000)
    print(f"\nseed {SEED}: resident MB, every 500 events: {' '.join(f'{value:.0f}' for value in memory[::5])}")
    assert max(memory[-5:]) < memory[10] + 40
