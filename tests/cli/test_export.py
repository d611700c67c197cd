"""``loglama export`` writes what ``logs`` would print, into a file of its own."""

from __future__ import annotations

import gzip
import json
import stat

import pytest

from tests.cli.conftest import Program

pytestmark = pytest.mark.usefixtures("store")


def test_an_export_is_what_logs_prints(program: Program) -> None:
    result = program.run("export", "request", "--service", "weblama", "--to", "out.jsonl")
    file = program.folder / "out.jsonl"
    assert (result.code, result.err) == (0, "")
    assert result.objects == [{"file": "out.jsonl", "records": 3, "bytes": file.stat().st_size}]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = program.run("logs", "request", "--service", "weblama").objects
    assert [json.loads(line) for line in file.read_text().splitlines()] == printed
    assert program.run("export", "--to", "out.csv.gz").code == 0
    assert gzip.decompress((program.folder / "out.csv.gz").read_bytes()).decode().startswith("id,time,level,")


def test_an_exported_store_answers_for_itself(program: Program) -> None:
    assert program.run("export", "--level", "warning", "--to", "out.db").code == 0
    result = program.run("--db", "out.db", "logs", "--count")
    assert (result.code, result.out) == (0, "3\n")
    assert [record["id"] for record in program.run("--db", "out.db", "logs").objects] == [
        record["id"] for record in program.run("logs", "--level", "warning").objects
    ]


def test_what_cannot_be_exported_is_said_in_two_lines(program: Program) -> None:
    (program.folder / "there.csv").write_text("precious")
    for arguments, word in (
        (("--to", "there.csv"), "exists already"),
        (("--to", "out.txt"), "does not say what to write"),
        (("--to", "nowhere/out.csv"), "cannot be written"),
        ((), "missing option '--to'"),
    ):
        result = program.run("export", *arguments)
        assert result.code in {2, 3}
        assert result.out == ""
        assert word in result.err.splitlines()[0]
        assert result.err.splitlines()[1].startswith("hint: ")
    assert (program.folder / "there.csv").read_text() == "precious"
    assert program.run("export", "--to", "there.csv", "--force").code == 0
    assert program.run("export", "absent", "--to", "nothing.jsonl").code == 1
    assert sorted(each.name for each in program.folder.iterdir()) == ["logs", "nothing.jsonl", "there.csv"]


@pytest.mark.parametrize("name", ["out.html", "out.md", "out.xml", "out.js"])
def test_security_9_no_export_is_a_document_that_a_browser_would_run(program: Program, name: str) -> None:
    result = program.run("export", "--to", name)
    assert (result.code, result.out) == (2, "")
    assert "does not say what to write" in result.err
    assert not (program.folder / name).exists()
