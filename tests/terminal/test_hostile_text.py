"""Security 1-7, 19, 20: hostile text in every place of a record, through every tab, screen, menu, toast and error.

Judged on the bytes that reach the terminal: only the control sequences that the explorer itself uses, and no character
that moves, hides or reorders what is read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.store_maker import row
from tests.terminal.hostile_text import EYES, HOSTILE
from tests.terminal.terminal import Terminal, explorer_on_terminal
from tests.tui.explorer import make_store, ordinary_rows

_SEQUENCE = re.compile(
    r"\x1b(?:\[[?>=<]?[0-9;:]*[ $]?[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[()][0-9A-B]|[^\[\]PX^_()])"
)
_FORBIDDEN = re.compile(
    "[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


def shapes(written: bytes) -> set[str]:
    """The kinds of control sequences in what was written: parameters of colours and places left out.

    What moves lines counts as a place: how far a list moves depends on what is in it. ``copy`` is a text put on the
    clipboard: base64, whatever it says.
    """
    kinds = set()
    for sequence in _SEQUENCE.findall(written.decode("utf-8")):
        if re.fullmatch(r"\x1b\[[0-9;]*[mH]", sequence):
            kinds.add(sequence[-1])
        elif re.fullmatch(r"\x1b\[(\d+;\d+)?r|\x1b\[\d+[LM]", sequence):
            kinds.add("H")
        elif re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/]*=*\x07", sequence):
            kinds.add("copy")
        else:
            kinds.add(sequence)
    return kinds


def controls_left(written: bytes) -> list[str]:
    return _FORBIDDEN.findall(_SEQUENCE.sub("", written.decode("utf-8")))


def look_everywhere(terminal: Terminal) -> None:
    """Open whatever shows text of a record: tabs, details, menus, context, trace, bookmarks, palette, errors."""
    everywhere = (
        *("g", "j", "\r", "j", "j", "\x1b", "c", "\x1b", "t", "\x1b", "d", "j", "d", "\x1b"),
        *("b", "note \r", "B", "\x1b", "s", "j", "\x1b", "l", "\x1b", "?", "\x1b", "\x10", "\x1b"),
        *('/[/x] "unfinished', "\r", "\x1b", "\x1b", "\x1b"),
        *("2", "j", "\r", "\x1b", "f", "j", "j", "\x1b", "p", "j", "\x1b", "w", "\x1b", "C", "\x1b", "T", "\x1b"),
        *('/message~"[\x1b', "\x1b", "3", "j", "j", "\r", "\x1b", "4", "j", "\r", "j", "j", "\x1b", "1"),
    )
    for keys in everywhere:
        os.write(terminal.descriptor, keys.encode())
        terminal.watch(0.08)
        assert b"\x1b[?1049l" not in terminal.written, (keys, terminal.text_left())
    for y in range(2, terminal.screen.lines, 2):  # where an [@click] would be, and what a mouse over it shows
        os.write(terminal.descriptor, f"\x1b[<35;60;{y}M\x1b[<0;60;{y}M\x1b[<0;60;{y}m".encode())
        terminal.watch(0.05)
    for _ in range(4):
        os.write(terminal.descriptor, b"\x1b")
        terminal.watch(0.2)


def seen(folder: Path, columns: int) -> bytes:
    """Return what reaches the terminal while one looks everywhere; nothing but ctrl+q may end the program."""
    with explorer_on_terminal(folder, "--no-collect", columns=columns, lines=40) as terminal:
        terminal.shows("? help")
        terminal.settle()
        look_everywhere(terminal)
        assert terminal.process.poll() is None
        os.write(terminal.descriptor, b"\x11")
        assert terminal.ends() == 0, terminal.text_left()
        return bytes(terminal.written)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The control sequences of the explorer over ordinary records."""
    folder = tmp_path_factory.mktemp("harmless")
    make_store(folder, ordinary_rows(40))
    return shapes(seen(folder, 150))


def test_security_1_to_7_hostile_text_reaches_the_terminal_harmless(tmp_path: Path, harmless: set[str]) -> None:
    rows = [
        row(
            60 - i / 10,
            text,
            fields={"f": text, text[:40]: {"nested": text}, "request_id": text[:80]},
            service=text[:40],
        )
        for i, text in enumerate(HOSTILE)
    ]
    make_store(tmp_path, rows)
    written = seen(tmp_path, 150)
    assert shapes(written) <= harmless
    assert controls_left(written) == []


def test_security_1_3_hostile_names_of_folder_and_store(tmp_path: Path, harmless: set[str]) -> None:
    folder = tmp_path / "[@click=app.quit]x[\x1b]0;owned\x07[bold]"
    folder.mkdir()
    make_store(folder, ordinary_rows(40))
    written = seen(folder, 150)
    assert shapes(written) <= harmless
    assert controls_left(written) == []


def test_security_1_3_19_hostile_files_services_and_settings(tmp_path: Path, harmless: set[str]) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("\x1b]0;owned\x07[@click=app.quit]x.log", "\u202egnp.log", "[bold]\x9b31m.log"):
        (logs / name).write_text('{"level": "error", "message": "hello"}\n')
    (tmp_path / "loglama.toml").write_text(
        '[services.web]\ncommand = "true \\u001b]52;c;YQ==\\u0007 [@click=app.quit]x[/]"\n'
        'env.required = ["NEEDED"]\nenv.secret = ["OPENAI_API_KEY"]\n'
    )
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-very-secret-value\nODD=\x1b]0;owned\x07\n")
    with explorer_on_terminal(tmp_path, columns=150, lines=40) as terminal:
        terminal.shows("hello")
        for keys in (
            "3",
            "j",
            "j",
            "j",
            "k",
            "u",
            "\r",
            "3",
            "4",
            *"jjjjjj",
            "\r",
            "\r",
            "\x1b",
            "w",
            "s",
            "\x1b",
            "1",
            "s",
        ):
            os.write(terminal.descriptor, keys.encode())
            terminal.watch(0.3)
            assert terminal.process.poll() is None, (keys, terminal.text_left())
        for y in range(2, 30, 3):
            os.write(terminal.descriptor, f"\x1b[<35;30;{y}M".encode())
            terminal.watch(0.05)
        os.write(terminal.descriptor, b"\x11")
        assert terminal.ends() == 0, terminal.text_left()
        written = bytes(terminal.written)
    assert shapes(written) <= harmless
    assert controls_left(written) == []
    assert b"sk-very-secret-value" not in written
    reports = [path for path in tmp_path.glob("*.json") if path.is_file()]
    assert not any("sk-very-secret-value" in path.read_text() for path in reports)


def test_wide_and_combining_text_keeps_the_columns(tmp_path: Path) -> None:
    rows = [row(60 - i, text, service="日本語サービス" if i % 2 else "ser\u0301vice") for i, text in enumerate(EYES)]
    make_store(tmp_path, rows)
    with explorer_on_terminal(tmp_path, "--no-collect", columns=100, lines=30) as terminal:
        terminal.shows("a flag")
        terminal.settle()
        buffer = terminal.screen.buffer
        thumbless = [buffer[y] for y in range(7, 7 + len(EYES))]
        assert all("".join(line[x].data for x in range(95, 100)).isascii() for line in thumbless)
        starts = {next(x for x in range(35, 60) if line[x].data.strip()) for line in thumbless}
        assert len(starts) == 1, "\n".join(terminal.screen.display)


def test_security_19_20_an_error_shows_no_secret_and_no_local_variable(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-very-secret\nLOGLAMA_LOG_LEVEL=NOISE\n")
    with explorer_on_terminal(tmp_path, "--debug") as terminal:
        assert terminal.ends() == 2
        assert b"NOISE" in terminal.written
        assert b"sk-very-secret" not in terminal.written
