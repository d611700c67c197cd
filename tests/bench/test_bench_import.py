"""How fast a million lines become visible records, beside lnav's indexing of the same file."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.bench.conftest import peer, run_measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.conftest import Import


@pytest.mark.parametrize("line_format", ["json", "text"])
def test_first_import(request: pytest.FixtureRequest, line_format: str) -> None:
    made: Import = request.getfixturevalue(f"{line_format}_import")
    store = made.folder / "logs" / "loglama.db"
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        by_level = dict(connection.execute("SELECT level, count(*) FROM logs GROUP BY level"))
        (needles,) = connection.execute("SELECT count(*) FROM logs WHERE message LIKE '%quagga-9041%'").fetchone()
        (beyond,) = connection.execute("SELECT count(*) FROM logs WHERE flags & 17").fetchone()
    finally:
        connection.close()
    assert by_level == made.truth.by_level
    assert needles == made.truth.needles
    assert beyond == 0, "every record has its own time and was understood"
    rate = made.truth.records / made.visible
    size = store.stat().st_size / made.truth.bytes
    print(
        f"\nimport of {made.truth.records:,} {line_format} lines ({made.truth.bytes / 1e6:.0f} MB):"
        f" visible after {made.visible:.1f} s ({rate:,.0f} records/s), index complete after {made.indexed:.1f} s,"
        f" all done after {made.seconds:.1f} s,"
        f" peak {made.peak_kib / 1024:.0f} MiB, store {size:.2f}x the source"
    )


LNAV_FORMAT = {
    "bench_log": {
        "title": "events",
        "json": True,
        "file-pattern": "events",
        "timestamp-field": "timestamp",
        "level-field": "level",
        "body-field": "event",
        "hide-extra": False,
        "line-format": [{"field": "__timestamp__"}, " ", {"field": "event"}],
        "value": {"component": {"kind": "string"}, "logger": {"kind": "string"}, "request_id": {"kind": "string"}},
    }
}
"""lnav reads JSON lines only with a description of their fields."""


@pytest.mark.parametrize("line_format", ["json", "text"])
def test_lnav_indexes_the_same_file(request: pytest.FixtureRequest, line_format: str) -> None:
    made: Import = request.getfixturevalue(f"{line_format}_import")
    home = made.folder / "home"
    formats = home / ".lnav" / "formats" / "installed"
    formats.mkdir(parents=True, exist_ok=True)
    if line_format == "json":
        (formats / "bench_log.json").write_text(json.dumps(LNAV_FORMAT))
    answer = made.folder / "answer.csv"
    count = [";SELECT count(*) AS n FROM all_logs WHERE log_level = 'error'", f":write-csv-to {answer}"]
    words = [word for line in count for word in ("-c", line)]
    command: list[str | Path] = [peer("lnav"), "-n", *words, made.folder / "logs/events.log"]
    seconds, peak = run_measured(command, made.folder, {**made.environment, "HOME": str(home)})
    assert int(answer.read_text().split()[-1]) == made.truth.by_level["error"]
    print(f"\nlnav reads the same {line_format} file, at every start: {seconds:.1f} s, peak {peak / 1024:.0f} MiB")
