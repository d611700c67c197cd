"""An export holds exactly the records of the query, whole and safe, or it is not there."""

from __future__ import annotations

import csv
import gzip
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.errors import QueryCancelledError, UsageError
from loglama_core.export import export_records
from loglama_core.export.record_json import record_as_json
from loglama_core.query.parser import parse_query
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.verification import verify_store
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = ["=cmd|' /C calc'!A0", "+1", "-2", "@sum", "\tx", "a,b", 'say "hi"', "two\nlines", "\x1b[31mred", "ŻÓŁW"]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SqliteReader]:
    path = tmp_path / "store.db"
    fill(
        path,
        [
            *(NewRecord(START_NS + n, message=text, fields={"n": n, "x": text}) for n, text in enumerate(HOSTILE)),
            *(NewRecord(START_NS + 100 - n, message=f"late {n}", service="apilama", severity=17) for n in range(50)),
            NewRecord(-5, message="late before 1970"),
            NewRecord(START_NS + 200, message="start", whole="start " + "of a long text " * 500),
        ],
    )
    with SqliteReader(path) as opened:
        yield opened


def read(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
@pytest.mark.parametrize("query", ["", "late", "level:error late", "absent"])
def test_json_lines_hold_the_records_in_order(reader: SqliteReader, tmp_path: Path, name: str, query: str) -> None:
    target, seen = tmp_path / name, []
    node = parse_query(query)
    written = export_records(
        reader, node, target, source_name=lambda path: f"x/{path}", on_progress=lambda *state: seen.append(state)
    )
    records = [json.loads(line) for line in read(target).splitlines()]
    expected = [
        record_as_json(record) | {"source": f"x/{record.source}"} for record in reader.search(node, order="oldest")
    ]
    if expected and query == "":
        expected[-1]["message"] = reader.full_text(expected[-1]["id"])
    assert records == expected
    assert written == len(expected)
    assert seen[-1][0] == written
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_security_8_csv_is_text_to_a_spreadsheet(reader: SqliteReader, tmp_path: Path) -> None:
    for name in ("out.csv", "out.csv.gz"):
        export_records(reader, None, tmp_path / name)
        text = read(tmp_path / name)
        rows = list(csv.DictReader(text.splitlines(keepends=True)))
        assert len(rows) == 62
        messages = [row["message"] for row in rows[1 : len(HOSTILE) + 1]]
        assert [message.removeprefix("'") for message in messages] == HOSTILE
        assert all(message.startswith("'") for message in messages[:5])
        assert json.loads(rows[7]["fields"]) == {"n": 6, "x": HOSTILE[6]}
        assert rows[-1]["flags"] == "shortened"
        assert len(rows[-1]["message"]) > 5_000


def test_a_store_of_some_records_is_a_store(reader: SqliteReader, tmp_path: Path) -> None:
    target = tmp_path / "out.db"
    query = parse_query("late OR start")
    assert export_records(reader, query, target) == 52
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(("out", ".out"))) == ["out.db"]
    with SqliteReader(target) as copy:
        assert list(copy.search(None)) == list(reader.search(query))
        assert copy.counts_by(["service", "level"]) == reader.counts_by(["service", "level"], query)
        assert copy.record_count() == 52
        assert copy.full_text(62) == reader.full_text(62)
        assert {source.state for source in copy.sources()} == {"finished"}
    assert {verdict.status for verdict in verify_store(target, repair=False)} == {"ok"}
    with RecordIndexer(target) as indexer:
        assert indexer.catch_up() > 0


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.db"])
def test_security_21_nothing_is_replaced_or_followed_unasked(reader: SqliteReader, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_text("precious")
    (tmp_path / "link").mkdir()
    link = tmp_path / "link" / name
    link.symlink_to(target)
    for path, force in ((target, False), (link, False), (link, True)):
        with pytest.raises(UsageError):
            export_records(reader, None, path, force=force)
    assert target.read_text() == "precious"
    export_records(reader, None, target, force=True)
    assert target.stat().st_size > 1_000


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv.gz", "out.db"])
def test_a_cancelled_export_leaves_nothing(reader: SqliteReader, tmp_path: Path, name: str) -> None:
    with pytest.raises(QueryCancelledError):
        export_records(reader, None, tmp_path / name, cancelled=lambda: True)
    assert not [each for each in tmp_path.iterdir() if "out" in each.name]


@pytest.mark.parametrize("name", ["out", "out.txt", ".csv", "out.db.gz", "out.gz"])
def test_a_name_that_says_no_form_is_refused(reader: SqliteReader, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="does not say what to write"):
        export_records(reader, None, tmp_path / name)
