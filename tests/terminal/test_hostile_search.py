"""Security 1-8: hostile text in what only Search shows, judged on the bytes of a terminal and of an exported file."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from loglama_core.store.saved_queries import save_query
from tests.store_maker import row
from tests.terminal.hostile_text import ESCAPES, MARKUP
from tests.terminal.terminal import explorer_on_terminal
from tests.terminal.test_hostile_text import controls_left, shapes
from tests.tui.explorer import make_store, ordinary_rows

KEYS = (
    *("/service:", "\t", "\x1b", "/f:", "\x1b[B", "\t", "\x1b"),  # completion of names and values
    *("\x7f", "\x7f", "f", "j", "j", "j", "\r", "-", "\x1b"),  # facets: for, out, back
    *("\x7f", "\x7f", "\x7f", "h", "\x1b[D", "\x1b[D", "\x1b[1;2D", "\r", "\x7f"),  # bars, brushed
    *("\r", "j", "n", "N", "\r", "\x1b", "d", "j", "d", "o", "\x1b"),  # record beside, compare
    *("p", "o", "o", "c", "\x1b", "\x1b", "c", "c", "\r", "\x1b", "\x1b", "t", "\r", "\x1b", "\x1b"),
    *("S", "d", "j", "\x1b", "H", "\x1b", "b", "note\r", "B", "\r", "\x1b"),
    *("z", "z", "w", "w", "z", "T", "yesterday\r"),
)


def searched(folder: Path, file: str) -> bytes:
    """Return what reaches the terminal while one uses everything of Search and exports it."""
    with explorer_on_terminal(folder, "--no-collect", "--tab", "search", columns=160, lines=40) as terminal:
        terminal.shows(" hits")
        terminal.settle()
        for keys in KEYS:
            os.write(terminal.descriptor, keys.encode())
            terminal.watch(0.1)
            assert terminal.process.poll() is None, (keys, terminal.text_left())
        for _ in range(6):  # out of whatever is still open
            os.write(terminal.descriptor, b"\x1b")
            terminal.watch(0.3)
        for keys in ("/", "\x15", "\r"):
            terminal.press(keys)
        os.write(terminal.descriptor, b"x")
        terminal.shows("export to")
        for keys in ("\x15", file, "\r"):
            terminal.press(keys)
        terminal.until((folder / file).exists)
        terminal.settle()
        os.write(terminal.descriptor, b"\x11")
        assert terminal.ends() == 0, terminal.text_left()
        return bytes(terminal.written)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("harmless")
    make_store(folder, ordinary_rows(60))
    return shapes(searched(folder, "out.csv"))


def test_security_1_to_8_hostile_text_in_all_of_search(tmp_path: Path, harmless: set[str]) -> None:
    texts = [*ESCAPES, *MARKUP, "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1"]
    rows = [
        row(
            60 - index,
            text,
            fields={"f": text, "request_id": texts[index // 4][:60] + "12345678"},
            service=texts[index // 3][:40],
            logger=texts[index // 2][:40],
            severity=17 if index % 2 else 9,
        )
        for index, text in enumerate(texts)
    ]
    path = make_store(tmp_path, rows)
    for index, text in enumerate(texts[:8]):
        save_query(path, f"{index} {text[:60]}", text)
    written = searched(tmp_path, "out.csv")
    assert shapes(written) <= harmless | {"copy"}  # keys typed before a question was asked
    assert controls_left(written) == []
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        messages = [record["message"] for record in csv.DictReader(file)]
    assert len(messages) == len(texts)
    assert not [message for message in messages if re.match(r"[=+\-@\t\r]", message)]
