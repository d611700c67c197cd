from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loglama_core.formats.catalog import mistakes, text_formats
from loglama_core.formats.own_folder import use_folder
from loglama_core.formats.own_formats import read_folder
from tests.core.formats.assembling import assembler, nanoseconds

GOOD = r"""
[[format]]
name = "shop-till"
begins = "#"
pattern = '#%{iso}# (?P<level>\w)~(?P<logger>\w+)~ (?P<message>.*)'
levels = { O = "info", S = "error" }

[[format.sample]]
line = "#2026-11-01 10:00:00# S~till~ stuck"
time = "2026-11-01T10:00:00Z"
level = "error"
logger = "till"
message = "stuck"
"""


@pytest.fixture(autouse=True)
def _no_folder_afterwards() -> Iterator[None]:
    yield
    use_folder(None)


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_user_s_format_is_used_before_all_others(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    use_folder(tmp_path)
    assert mistakes() == ()
    assert text_formats()[0].name == "shop-till"
    reader = assembler()
    (row,) = reader.feed(b"#2026-11-01 10:00:00# S~till~ stuck\n", 0) + reader.flush()
    assert row[:5] == (nanoseconds("2026-11-01T10:00:00Z"), 17, "own", "till", "stuck")
    assert reader.format_name == "shop-till"
    use_folder(None)
    assert "shop-till" not in {each.name for each in text_formats()}


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (('begins = "#"', "begins = #"), 4, "Invalid value"),
        (('begins = "#"', 'beginns = "#"'), 4, "unknown key 'beginns', did you mean 'begins'?"),
        (('begins = "#"', 'begins = "!"'), 8, "begins does not hold '#', with which the sample begins"),
        (('begins = "#"', "begins = 3"), 4, "begins is no str"),
        (("%{iso}", "%{isoo}"), 5, "there is no %{isoo}"),
        (("(?P<logger>", "(?P<logger"), 5, "the pattern is no regular expression"),
        (("(?P<message>", "(?P<text>"), 5, "the pattern has no group message"),
        (('S = "error"', 'S = "broken"'), 6, "S = 'broken' names no level"),
        (('message = "stuck"', 'message = "open"'), 8, "message is read as 'stuck', not 'open'"),
        (("T10:00:00Z", "T11:00:00Z"), 8, "time is not read as 2026-11-01T11:00:00Z"),
        (("till~ stuck", "till stuck"), 8, "the pattern does not match the sample"),
        ((r"(?P<logger>\w+)", r"(?P<logger>(\w+)+)"), 5, "the pattern takes too long"),
        (('name = "shop-till"', 'name = "json"'), 3, "this name is taken"),
        (('name = "shop-till"', 'name = "nginx-error"'), 3, "this name is taken"),
    ],
)
def test_a_mistake_names_file_line_and_reason_and_disables_only_that_format(
    tmp_path: Path, change: tuple[str, str], line: int, reason: str
) -> None:
    other = GOOD.replace("shop-till", "other")
    path = written(tmp_path, GOOD.replace(*change) + other)
    use_folder(tmp_path)
    (mistake,) = mistakes()
    assert (mistake.path, mistake.line) == (path, line)
    assert mistake.reason.startswith(reason)
    assert str(mistake).startswith(f"{path} line {line}: ")
    assert text_formats()[0].name == "other"


def test_a_folder_or_file_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    (tmp_path / "empty.toml").write_text("[format]\n", encoding="utf-8")
    formats, found = read_folder(tmp_path, ())
    assert formats == []
    assert [mistake.path.name for mistake in found] == ["bad.toml", "empty.toml"]
    assert found[1].reason == "it has no [[format]] table"
    formats, found = read_folder(tmp_path / "nowhere", ())
    assert (formats, found[0].reason) == ([], "there is no such folder")
