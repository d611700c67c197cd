"""``loglama formats``: what there is, and what a file would be read as."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.cli.conftest import Program

OWN = r"""
[[format]]
name = "shop-till"
begins = "#"
pattern = '#%{iso}# (?P<level>\w)~(?P<logger>\w+)~ (?P<message>.*)'
levels = { O = "info", S = "error" }

[[format.sample]]
line = "#2026-11-01 10:00:00# S~till~ stuck"
message = "stuck"
level = "error"
"""
PYTHON = "".join(f"2026-11-01 10:00:0{n},123 - shop.till - WARNING - drawer {n}\n" for n in range(9))


@pytest.fixture
def own(program: Program) -> Program:
    (program.folder / "formats").mkdir()
    (program.folder / "formats" / "shop.toml").write_text(OWN, encoding="utf-8")
    (program.folder / "loglama.toml").write_text('[loglama]\nformats_dir = "formats"\n', encoding="utf-8")
    return program


def test_the_list_has_every_format_the_user_s_own_among_them(own: Program) -> None:
    result = own.run("formats", "list")
    assert (result.code, result.err) == (0, "")
    listed = {values["name"]: values for values in result.objects}
    assert len(listed) > 150
    assert listed["nginx-error"] == {"name": "nginx-error", "family": "web_server", "time": "iso", "from": "built in"}
    assert listed["shop-till"]["from"] == str(own.folder / "formats")


def test_a_mistake_is_told_with_file_and_line_and_the_rest_works(own: Program) -> None:
    path = own.folder / "formats" / "shop.toml"
    text = OWN + OWN.replace("shop-till", "other").replace("%{iso}", "%{iso8601}")
    path.write_text(text, encoding="utf-8")
    number = 1 + next(n for n, line in enumerate(text.split("\n")) if "iso8601" in line)
    result = own.run("formats", "list")
    assert result.code == 1
    assert f"{path} line {number}: other: there is no %{{iso8601}}" in result.err
    assert "shop-till" in result.out


def test_a_file_is_told_what_it_would_be_read_as_and_why(program: Program) -> None:
    (program.folder / "shop.log").write_text(PYTHON + "Traceback (most recent call last):\n  x\nKeyError: 3\n", "utf-8")
    result = program.run("formats", "test", "shop.log")
    assert (result.code, result.err) == (0, "")
    (told,) = result.objects
    assert (told["file"], told["format"], told["lines"], told["records"]) == (
        "shop.log",
        "python-name-level",
        12,
        9,
    )
    assert (told["multi_line"], told["without_time"], told["without_format"]) == (1, 0, 0)
    assert told["fitting"]["python-name-level"] == 9
    assert told["fitting"]["stamped"] == 9
    assert [record["message"] for record in told["sample"]][:2] == ["drawer 0", "drawer 1"]
    pretty = program.run("formats", "test", "shop.log", "--format", "pretty").out
    assert pretty.startswith("shop.log is read as python-name-level\n")
    assert "because 9 of the first 12 lines" in pretty
    assert "runners-up" in pretty


def test_a_compressed_file_a_forced_format_and_plain_text(program: Program) -> None:
    (program.folder / "shop.log.gz").write_bytes(gzip.compress(PYTHON.encode()))
    (told,) = program.run("formats", "test", "shop.log.gz").objects
    assert (told["format"], told["records"]) == ("python-name-level", 9)
    (told,) = program.run("formats", "test", "shop.log.gz", "--as", "kafka").objects
    assert told["fitting"]["python-name-level"] == 9
    refused = program.run("formats", "test", "shop.log.gz", "--as", "kafkaa")
    assert (refused.code, refused.out) == (2, "")
    (program.folder / "plain.txt").write_text("nothing\nhere\n", encoding="utf-8")
    result = program.run("formats", "test", "plain.txt")
    assert (result.code, result.objects[0]["format"]) == (1, None)
    assert program.run("formats", "test", "nowhere.log").code == 3


def test_records_are_collected_and_imported_in_a_user_s_format(own: Program) -> None:
    lines = "".join(f"#2026-11-01 10:00:{n % 60:02}# S~till~ stuck {n}\n" for n in range(20_000))
    (own.folder / "logs").mkdir()
    (own.folder / "logs" / "till.log").write_text(lines, encoding="utf-8")  # enough for the parser process
    assert own.run("collect-logs").code == 0
    assert own.run("logs", "logger:till", "level:error", "--count").out == "20000\n"
    Path(own.folder / "one.log").write_text("#2026-11-02 10:00:00# O~drawer~ open\n", encoding="utf-8")
    assert own.run("import", "one.log", "--format", "shop-till").code == 0
    (record,) = own.run("logs", "logger:drawer").objects
    assert (record["level"], record["message"], record["time"]) == ("info", "open", "2026-11-02T10:00:00.000Z")
