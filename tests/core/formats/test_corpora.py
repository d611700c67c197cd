"""Real logs with known answers, where they are at hand."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loglama_core.formats.levels import severity_of_word
from loglama_core.model import RecordFlag, level_name
from tests.core.formats.assembling import nanoseconds, rows_of

SHARED = Path(__file__).parents[3] / "../shared"
INTEROP = SHARED / "interop"
LOGHUB = SHARED / "corpus/loghub"
LNAV = SHARED / "corpus/lnav-samples.jsonl"

needs_interop = pytest.mark.skipif(not INTEROP.is_dir(), reason="the interop data are not here")
needs_loghub = pytest.mark.skipif(not LOGHUB.is_dir(), reason="the loghub corpus is not here")
needs_lnav = pytest.mark.skipif(not LNAV.is_file(), reason="the lnav samples are not here")


@needs_interop
@pytest.mark.parametrize(
    ("name", "records", "multi_line"),
    [
        ("core_json_apilama.log", 500, 67),
        ("helpers_text.log", 233, 44),
        ("sibling_apilama.log", 201, 80),
        ("sibling_weblama.log", 201, 80),
        ("sibling_devlama.log", 201, 80),
        ("fallback_basicconfig.log", 150, 50),
        ("colored_ansi.log", 150, 0),
    ],
)
def test_the_original_s_logs_hold_their_true_number_of_records(name: str, records: int, multi_line: int) -> None:
    rows = rows_of((INTEROP / name).read_bytes(), max_message=10**6)
    assert len(rows) == records
    assert sum(bool(row[7] & RecordFlag.MULTI_LINE) for row in rows) == multi_line
    assert not any(row[7] & (RecordFlag.TIME_INFERRED | RecordFlag.UNPARSED) for row in rows)
    assert all(row[1] for row in rows)


@needs_interop
def test_the_original_s_json_keeps_its_context_once() -> None:
    lines = (INTEROP / "core_json_apilama.log").read_bytes()
    for row, line in zip(rows_of(lines, max_message=10**6), lines.splitlines(), strict=True):
        original = json.loads(line)
        fields = json.loads(row[5] or "{}")
        assert row[0] == nanoseconds(original["timestamp"].replace(",", ".").replace(" ", "T"))
        assert (row[2], row[3]) == (original["component"], original["name"])
        assert row[4].startswith(original["message"])
        assert row[4].endswith(original.get("exception", ""))
        own = {"timestamp", "name", "level", "message", "exception", "component", "context"}
        told = fields.pop("exception", None)
        assert (told is None) == ("exception" not in original)
        assert fields == {key: value for key, value in original.items() if key not in own}


@needs_interop
def test_the_text_and_the_json_of_the_same_events_say_the_same() -> None:
    json_rows = rows_of((INTEROP / "sibling_apilama.log").read_bytes())
    text_rows = rows_of((INTEROP / "sibling_devlama.log").read_bytes())
    assert Counter(row[1] for row in json_rows) == Counter(row[1] for row in text_rows)
    tracebacks = [sum("\nTraceback (most recent" in row[4] for row in rows) for rows in (json_rows, text_rows)]
    assert tracebacks == [40, 40]


@needs_loghub
@pytest.mark.parametrize(
    ("system", "stamp", "form", "level_column"),
    [
        ("Apache", "{Time}", "%a %b %d %H:%M:%S %Y", "Level"),
        ("HDFS", "{Date:0>6} {Time:0>6}", "%y%m%d %H%M%S", "Level"),
        ("Hadoop", "{Date} {Time}000", "%Y-%m-%d %H:%M:%S,%f", "Level"),
        ("Linux", "{Month} {Date:0>2} {Time}", "%b %d %H:%M:%S", None),
        ("OpenSSH", "{Date} {Day:0>2} {Time}", "%b %d %H:%M:%S", None),
        ("Spark", "{Date} {Time}", "%y/%m/%d %H:%M:%S", "Level"),
        ("Windows", "{Date} {Time}", "%Y-%m-%d %H:%M:%S", "Level"),
        ("Zookeeper", "{Date} {Time}000", "%Y-%m-%d %H:%M:%S,%f", "Level"),
    ],
)
def test_loghub_is_read_right_in_every_line(system: str, stamp: str, form: str, level_column: str | None) -> None:
    path = LOGHUB / f"{system}_2k.log"
    data = path.read_bytes()
    with Path(f"{path}_structured.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    by_offset = dict(zip(starts, truth, strict=False))
    rows = rows_of(data, max_message=10**6)
    times = levels = messages = 0
    for row in rows:
        true = by_offset[row[6]]
        microseconds, rest = divmod(row[0], 1000)
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
        is_inferred = bool(row[7] & RecordFlag.TIME_INFERRED)
        times += not is_inferred and rest == 0 and moment.strftime(form) == stamp.format_map(true)
        levels += level_column is None or row[1] == severity_of_word(true[level_column]) > 0
        messages += row[4].strip() == true["Content"].strip()
    print(f"{system}: records {len(rows)}, time {times}, level {levels}, message {messages} of {len(truth)}")  # noqa: T201
    assert len(rows) == times == levels == messages == len(truth)


@needs_lnav
def test_lnav_s_samples_are_one_record_each_with_time_and_level() -> None:
    """The misses: TCF's stamp has no hour, one line of ESX no clock; lnav calls a 404 an error, we a warning."""
    samples = [json.loads(line) for line in LNAV.read_text(encoding="utf-8").splitlines()]
    missed: Counter[tuple[str, str]] = Counter()
    for sample in samples:
        row, *others = rows_of(sample["line"] + "\n", max_message=10**6)
        if others:
            missed[sample["format"], "boundary"] += 1
        if row[7] & RecordFlag.TIME_INFERRED:
            missed[sample["format"], "time"] += 1
        if "level" in sample and level_name(row[1]) != sample["level"]:
            missed[sample["format"], "level"] += 1
    print(f"of {len(samples)} samples missed: {dict(missed)}")  # noqa: T201
    assert missed == {("tcf_log", "time"): 3, ("esx_syslog_log", "time"): 1, ("access_log", "level"): 1}
