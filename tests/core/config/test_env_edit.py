from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.config.env_edit import append_lines, repeated_names, set_variable, unset_variables
from loglama_core.config.env_file import read_env_file
from loglama_core.errors import ConfigError, UsageError

FILE = """\
# ports
export APILAMA_PORT=8080   # the API's
PYBOX_PORT = 8081

# keys
KEY="a b" # quoted
PEM='-----BEGIN-----
two lines
-----END-----'
EMPTY=
NAME_ONLY
URL=http://${HOST:-localhost}:1/#fragment
LAST=1"""


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(FILE)
    return path


def values(path: Path) -> dict[str, str]:
    return {name: entry.value for name, entry in read_env_file(path, {}).items()}


@pytest.mark.parametrize(
    ("name", "value", "before", "after"),
    [
        ("APILAMA_PORT", "9", "export APILAMA_PORT=8080   # the API's", "export APILAMA_PORT=9   # the API's"),
        ("PYBOX_PORT", "9", "PYBOX_PORT = 8081", "PYBOX_PORT=9"),
        ("KEY", "it's", 'KEY="a b" # quoted', "KEY='it\\'s' # quoted"),
        ("PEM", "x", "PEM='-----BEGIN-----\ntwo lines\n-----END-----'", "PEM=x"),
        ("EMPTY", "full", "EMPTY=", "EMPTY=full"),
        ("NAME_ONLY", "v", "NAME_ONLY", "NAME_ONLY=v"),
        ("URL", "http://h/#f", "URL=http://${HOST:-localhost}:1/#fragment", "URL='http://h/#f'"),
        ("LAST", "", "LAST=1", "LAST="),
    ],
)
def test_only_the_value_changes(env: Path, name: str, value: str, before: str, after: str) -> None:
    set_variable(env, name, value)
    assert env.read_text() == FILE.replace(before, after)
    assert values(env)[name] == value


def test_a_new_name_comes_last_on_a_line_of_its_own(env: Path) -> None:
    set_variable(env, "NEW", "two words")
    assert env.read_text() == f"{FILE}\nNEW='two words'\n"


def test_of_a_name_given_twice_the_one_that_counts_is_changed_and_both_are_taken_out(env: Path) -> None:
    env.write_text("A=1\nB=2\nA=3\n")
    assert repeated_names(env) == {"A": [1, 3]}
    set_variable(env, "A", "4")
    assert env.read_text() == "A=1\nB=2\nA=4\n"
    assert unset_variables(env, ["A", "C"]) == ["A"]
    assert env.read_text() == "B=2\n"


def test_taking_a_name_out_leaves_comments_and_the_rest(env: Path) -> None:
    assert unset_variables(env, ["KEY", "PEM"]) == ["KEY", "PEM"]
    assert "# keys\n" in env.read_text()
    assert "two lines" not in env.read_text()
    assert values(env).keys() == {"APILAMA_PORT", "PYBOX_PORT", "EMPTY", "NAME_ONLY", "URL", "LAST"}


def test_security_17_the_file_is_private_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "shared.env"
    target.write_text("A=1\n")
    target.chmod(0o644)
    link = tmp_path / ".env"
    link.symlink_to(target)
    set_variable(link, "A", "2")
    assert link.is_symlink()
    assert target.read_text() == "A=2\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".env.")] == []


def test_line_ends_of_windows_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
    set_variable(path, "A", "3")
    assert path.read_bytes() == b"\xef\xbb\xbfA=3\r\nB=2\r\n"


def test_of_many_changes_at_once_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    threads = [threading.Thread(target=set_variable, args=(path, f"N{number}", str(number))) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values(path) == {f"N{number}": str(number) for number in range(20)}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "Ä", "A\n"])
def test_what_is_no_name_is_refused(env: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name"):
        set_variable(env, name, "x")
    assert env.read_text() == FILE


def test_a_folder_that_cannot_be_written_is_named_and_nothing_changes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        set_variable(tmp_path / "none" / ".env", "A", "1")


def test_lines_are_added_after_a_blank_one(env: Path) -> None:
    append_lines(env, ["# X="])
    assert env.read_text() == f"{FILE}\n\n# X=\n"


@given(
    value=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0$")),
    others=st.lists(st.sampled_from(["# note", "B=2", "", "export C='x y' # z", 'D="1\n2"']), max_size=6),
)
def test_whatever_is_set_is_read_back_and_nothing_else_moves(
    tmp_path_factory: pytest.TempPathFactory, value: str, others: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"env-{os.getpid()}"
    lines = [*others, "A=old", *others]
    path.write_text("".join(f"{line}\n" for line in lines), newline="")
    try:
        set_variable(path, "A", value)
    except UsageError:
        assert "\r" in value or "\\" in value
        assert path.read_text() == "".join(f"{line}\n" for line in lines)
        return
    assert values(path)["A"] == value
    unset_variables(path, ["A"])
    assert path.read_text() == "".join(f"{line}\n" for line in [*others, *others])
