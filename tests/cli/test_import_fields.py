"""Field by field: what an import says of the logs of other versions, against a careful reading of its own."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

INTEROP = Path(__file__).parents[2] / "../shared/interop"
SHOWN = 2_000
"""Characters of a message that a list shows; the rest of it is for `loglama show`."""
LEVELS = {name.upper(): name for name in ("debug", "info", "warning", "error", "critical")} | {"Level 25": "info"}
HEAD = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?) - +(?:\x1b\[\d+m)*([A-Z]+|Level 25)(?:\x1b\[0m)? - (.*)"
)

pytestmark = pytest.mark.skipif(not INTEROP.is_dir(), reason="the samples of other versions are not here")
Reading = tuple[str, str | None, str | None, str]
"""Time, level, logger and message."""


def moment(stamp: str) -> str:
    """Return a stamp, of UTC where it names no zone, in one spelling."""
    naive = datetime.fromisoformat(stamp.replace(",", ".").replace(" ", "T"))
    return (naive if naive.tzinfo else naive.replace(tzinfo=UTC)).isoformat(timespec="microseconds")


def text_readings(path: Path) -> list[Reading]:
    readings: list[Reading] = []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        head = HEAD.match(line)
        if head is None:
            time, level, logger, message = readings[-1]
            readings[-1] = time, level, logger, f"{message}\n{line}"
            continue
        logger, _, message = (None, "", head[3]) if "basicconfig" in path.name else head[3].partition(" - ")
        readings.append((moment(head[1]), LEVELS[head[2]], logger, message))
    return readings


def with_trace(message: str, trace: str | None) -> str:
    return message if not trace or trace in message else f"{message}\n{trace}".lstrip("\n")


def json_readings(path: Path) -> list[Reading]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    return [
        (
            moment(record["timestamp"]),
            LEVELS.get(record["level"], record["level"]),
            record.get("logger", record.get("name")),
            with_trace(record.get("message", record.get("event")), record.get("exception")),
        )
        for record in records
    ]


def database_readings(path: Path) -> list[Reading]:
    readings: list[Reading] = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'log%'")]
        for table in tables:
            readings += [row_reading(dict(row)) for row in connection.execute(f"SELECT * FROM {table}")]
    return readings


def row_reading(row: dict[str, Any]) -> Reading:
    if row["message"].startswith('{"') and '"event"' in row["message"]:
        inner = json.loads(row["message"])
        return (
            moment(inner["timestamp"]),
            inner["level"],
            inner["logger"],
            with_trace(inner["event"], inner.get("exception")),
        )
    return (
        moment(row["timestamp"]),
        LEVELS[row["level"]],
        row["logger_name"],
        with_trace(row["message"], row.get("exception_info")),
    )


READERS: dict[str, Callable[[Path], list[Reading]]] = {
    "loglama_original.db": database_readings,
    "repo_weblama_pylama.db": database_readings,
    "sibling_apilama.db": database_readings,
    "sibling_devlama.db": database_readings,
    "core_json_apilama.log": json_readings,
    "sibling_apilama.log": json_readings,
    "sibling_weblama.log": json_readings,
    "helpers_text.log": text_readings,
    "sibling_devlama.log": text_readings,
    "fallback_basicconfig.log": text_readings,
    "colored_ansi.log": text_readings,
}


def test_every_file_there_is_read() -> None:
    assert {path.name for path in INTEROP.iterdir()} == {*READERS, "README.md"}


@pytest.mark.parametrize("name", READERS)
def test_every_field_of_every_record_is_read_right(program: Program, name: str) -> None:
    expected = [(*reading[:3], reading[3][:SHOWN]) for reading in READERS[name](INTEROP / name)]
    program.run("import", str(INTEROP / name))
    result = program.run("logs", "--limit", "100000")
    read = [
        (moment(each["time"]), each.get("level"), each.get("logger"), each.get("message", ""))
        for each in result.objects
    ]
    missed = [(a, b) for a, b in zip(sorted(expected, key=str), sorted(read, key=str), strict=True) if a != b]
    assert missed[:3] == []
