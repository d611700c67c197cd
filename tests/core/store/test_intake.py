"""Secrets are masked and debug is left out on a full disk before anything is stored (security 18, 30)."""

from __future__ import annotations

import gzip
import os
import sqlite3
import time
from pathlib import Path

import pytest

from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import Settings, load_settings
from loglama_core.errors import ConfigError
from loglama_core.model import Batch, RecordFlag, RecordRow
from loglama_core.store.intake import Intake
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.withheld import read_withheld
from loglama_core.store.writer import RecordWriter
from tests.store_maker import row, settings_in

SECRET = "hunter2-and-more"
REDACT = "[redact]\nenabled = true\n"


def line(number: int, text: str) -> str:
    return f'{{"timestamp":"2026-11-01T10:00:{number % 60:02d}Z","level":"info","message":"{text}","n":{number}}}\n'


def messages(settings: Settings) -> list[str]:
    with SqliteReader(settings.db_path) as reader:
        return [record.message for record in reader.id_range(1, 10**9)]


def stored_bytes(settings: Settings) -> bytes:
    """Everything on disk of the store, the write-ahead log too."""
    return b"".join(path.read_bytes() for path in settings.db_path.parent.glob("loglama.*") if path.is_file())


def test_security_18_no_byte_of_a_secret_reaches_the_store(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text(line(1, f"login password={SECRET}") + line(2, "plain"))
    (logs / "t.log").write_text(
        f"2026-11-01 10:00:00,000 ERROR app: no\nTraceback (most recent call last):\n  token={SECRET}\n"
    )
    with gzip.open(logs / "z.log.1.gz", "wt") as file:
        file.write(line(3, f"secret: {SECRET}"))
    component = sqlite3.connect(logs / "pybox.db")
    component.execute("CREATE TABLE logs (id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, message TEXT)")
    component.execute("INSERT INTO logs VALUES (1, '2026-11-01T10:00:00Z', 'INFO', ?)", (f"api_key={SECRET}",))
    component.commit()
    component.close()
    collect_once(load_settings(environ={}, folder=tmp_path))
    collect_once(settings)
    assert SECRET.encode() not in stored_bytes(settings)
    assert "login password=********" in messages(settings)
    with SqliteReader(settings.db_path) as reader:
        flagged = {record.service: bool(record.flags & RecordFlag.REDACTED) for record in reader.id_range(2, 100)}
        assert flagged["t"]
    counts = {(each.reason, each.service): each.records for each in read_withheld(settings.db_path)}
    assert counts["redacted", "a"] == counts["redacted", "t"] == counts["redacted", "z"] == 1


def test_security_18_without_the_table_or_disabled_nothing_is_changed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "[redact]\nenabled = false\n")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/a.log").write_text(line(1, f"password={SECRET}"))
    collect_once(settings)
    assert messages(settings) == [f"password={SECRET}"]
    assert read_withheld(settings.db_path) == []


def test_a_redacted_source_is_known_again_after_a_restart_a_rotation_and_a_copy(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT)
    log = tmp_path / "logs/a.log"
    log.parent.mkdir()
    log.write_text("".join(line(number, f"token={SECRET} number {number}") for number in range(30)))
    collect_once(settings)
    with log.open("a") as file:
        file.write(line(30, "appended"))
    collect_once(settings)
    log.rename(log.with_name("a.log.1"))
    log.write_text(line(31, "after the rename"))
    collect_once(settings)
    log.with_name("a.log.2").write_bytes(log.read_bytes())  # copy and truncate
    log.write_text(line(32, "after the copy"))
    collect_once(settings)
    collect_once(settings)
    assert messages(settings) == [
        *(f"token=******** number {number}" for number in range(30)),
        "appended",
        "after the rename",
        "after the copy",
    ]
    assert SECRET.encode() not in stored_bytes(settings)
    log.write_text("".join(line(number, "another life of the file") for number in range(40)))
    collect_once(settings)
    assert len(messages(settings)) == 73, "truncated and grown past its offset: read from the beginning"


def test_a_backlog_is_redacted_too_and_each_record_counted_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT)
    (tmp_path / "logs").mkdir()
    lines = [line(number, f"password={SECRET}" if number % 10 == 0 else "x" * 80) for number in range(20_000)]
    (tmp_path / "logs/big.log").write_text("".join(lines))
    collect_once(settings)
    assert SECRET.encode() not in stored_bytes(settings)
    (counted,) = read_withheld(settings.db_path)
    assert (counted.reason, counted.service, counted.records) == ("redacted", "big", 2_000)


def test_a_continued_record_is_counted_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT)
    log = tmp_path / "logs/t.log"
    log.parent.mkdir()
    log.write_text(f"2026-11-01 10:00:00,000 ERROR app: password={SECRET}\n")
    collect_once(settings)
    for number in range(3):
        with log.open("a") as file:
            file.write(f"  more {number}\n")
        collect_once(settings)
    assert messages(settings) == ["password=********\n  more 0\n  more 1\n  more 2"]
    assert [each.records for each in read_withheld(settings.db_path)] == [1]


def test_a_shortened_secret_is_masked_whole_before_it_is_cut(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT + "[loglama]\nmax_message_length = 40\n")
    log = tmp_path / "logs/t.log"
    log.parent.mkdir()
    key = "AKIA" + "Q" * 16
    log.write_text(line(1, "x" * 30 + " " + key + " " + "y" * 50))
    collect_once(settings)
    assert b"AKIA" not in stored_bytes(settings)
    with SqliteReader(settings.db_path) as reader:
        assert reader.full_text(1) == "x" * 30 + " ******** " + "y" * 50
        assert messages(settings)[0] == ("x" * 30 + " ******** y")[:40]


def test_patterns_of_ones_own_are_masked_whole_and_a_slow_one_masks_all(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, REDACT + "patterns = ['customer-\\d+', '(a|aa)+$']\n")
    log = tmp_path / "logs/t.log"
    log.parent.mkdir()
    log.write_text(line(1, "order of customer-4711 came") + line(2, "a" * 60 + "b") + line(3, "plain"))
    began = time.monotonic()
    collect_once(settings)
    assert time.monotonic() - began < 10
    assert messages(settings) == ["order of ******** came", "********", "plain"]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[redact]\nenable = true\n", "did you mean 'enabled'?"),
        ("[redact]\nenabled = 1\n", "give true or false"),
        ("[redact]\npatterns = ['(']\n", "mend it at that place"),
        ("[redact]\npatterns = ['x*']\n", "at least one character"),
        ("[redact]\npatterns = 'x'\n", "patterns = "),
        ("[retention]\nmax_age = '30'\n", "'30d' or"),
        ("[retention]\nmax_age = '10s'\n", "at least a minute"),
        ("[retention]\nmax_size = '2'\n", "2GB"),
        ("[retention]\nmax_size = '1kB'\n", "at least 1000000 B"),
        ("[retention]\nlevels = { debu = '3d' }\n", "did you mean 'debug'?"),
        ("[retention]\nmaxage = '3d'\n", "did you mean 'max_age'?"),
    ],
)
def test_bad_rules_are_refused_with_the_accepted_form(tmp_path: Path, toml: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_in(tmp_path, toml)
    assert words.replace("'30d'", '"30d"') in caught.value.hint


# Disk watermark


def rows_of_each_level() -> list[RecordRow]:
    return [row(1, f"level {severity}", severity=severity) for severity in (0, 1, 5, 9, 13, 17)]


def admitted(intake: Intake) -> list[int]:
    batch, _ = intake.admit(Batch(rows_of_each_level(), 0, 600, b"", b""))
    return [kept[1] for kept in batch.rows]


def test_security_30_under_the_watermark_debug_waits_outside_first_then_info(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    free = disk.f_bavail * disk.f_frsize
    assert admitted(Intake(tmp_path / "s.db", low_disk_bytes=None)) == [0, 1, 5, 9, 13, 17]
    assert admitted(Intake(tmp_path / "s.db", low_disk_bytes=free // 2)) == [0, 1, 5, 9, 13, 17]
    assert admitted(Intake(tmp_path / "s.db", low_disk_bytes=free + free // 2)) == [0, 9, 13, 17]
    assert admitted(Intake(tmp_path / "s.db", low_disk_bytes=free * 10)) == [0, 13, 17]


def test_security_30_what_was_left_out_is_counted_with_the_offset_it_was_at(tmp_path: Path) -> None:
    from tests.store_maker import StoreMaker

    path = tmp_path / "loglama.db"
    with StoreMaker(path) as maker:
        maker.writer.intake = Intake(path, low_disk_bytes=1 << 62)
        source = maker.source("x.log", "x", [row(1, "d", severity=5), row(1, "i"), row(1, "e", severity=17)])
        assert (source.records, source.offset) == (1, 300)
        assert maker.writer.intake.notice is not None
        assert "debug and info" in maker.writer.intake.notice
    with SqliteReader(path) as reader:
        assert [record.message for record in reader.id_range(1, 10)] == ["e"]
        assert reader.record_count() == 1
    (counted,) = read_withheld(path)
    assert (counted.reason, counted.service, counted.records) == ("low disk", "apilama", 2)


def test_a_store_of_the_version_before_gets_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "loglama.db"
    RecordWriter(path).close()
    connection = sqlite3.connect(path)
    for table in ("withheld", "collector_metrics"):
        connection.execute(f"SELECT count(*) FROM {table}")
    connection.close()
