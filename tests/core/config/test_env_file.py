from __future__ import annotations

from pathlib import Path

import pytest

from loglama_core.config.env_file import EnvEntry, read_env_file
from loglama_core.errors import ConfigError


def read(tmp_path: Path, text: str | bytes, environ: dict[str, str] | None = None) -> dict[str, EnvEntry]:
    path = tmp_path / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_env_file(path, environ or {})


def test_every_entry_knows_its_line(tmp_path: Path) -> None:
    entries = read(tmp_path, "# ports\nA=1\n\n\nexport B='two words'\nC=\"x\ny\"\nD=4 # four\nE\n")
    assert {name: (entry.value, entry.line) for name, entry in entries.items()} == {
        "A": ("1", 2),
        "B": ("two words", 5),
        "C": ("x\ny", 6),
        "D": ("4", 8),
        "E": ("", 9),
    }


def test_variables_are_replaced_from_the_environment_first(tmp_path: Path) -> None:
    entries = read(tmp_path, "HOST=file\nPORT=1\nURL=http://${HOST}:${PORT}/${PATHS:-none}${GONE}\n", {"HOST": "shell"})
    assert entries["URL"].value == "http://shell:1/none"
    assert entries["HOST"].value == "file"


def test_the_last_assignment_counts(tmp_path: Path) -> None:
    assert read(tmp_path, "A=1\nA=2\n") == {"A": EnvEntry("A", "2", 2)}


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_value(tmp_path: Path) -> None:
    entries = read(tmp_path, b"\xef\xbb\xbfA=1\r\n\r\nB=2\r\n")
    assert [(entry.name, entry.value, entry.line) for entry in entries.values()] == [("A", "1", 1), ("B", "2", 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nB='unclosed\n", "line 2 is not NAME=value"),
        ("A=1\n\n=x\n", "line 3 is not NAME=value"),
        ("A=x\0y\n", "line 1 is not NAME=value"),
        (b"A=1\nB=\xff\n", "line 2 is not UTF-8"),
    ],
)
def test_a_line_that_is_no_assignment_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, text)


def test_an_empty_file_is_fine(tmp_path: Path) -> None:
    assert read(tmp_path, "") == {}
