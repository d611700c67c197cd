"""The store is kept in bounds while it is written (fault 14, security 30)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.collect_loop import CollectLoop
from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import Settings, load_settings
from loglama_core.store.retention import used_bytes
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.withheld import read_withheld
from tests.store_maker import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY_S = 86_400


def line(days_old: float, level: str, text: str) -> str:
    return f'{{"ts":{time.time() - days_old * DAY_S:.3f},"level":"{level}","msg":"{text}"}}\n'


def kept(settings: Settings) -> list[str]:
    with SqliteReader(settings.db_path) as reader:
        messages = sorted(record.message for record in reader.id_range(1, 10**9))
        assert reader.record_count() == len(messages), "the counts agree"
        return messages


def until(condition: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_fault_14_records_past_their_age_go_and_never_come_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[retention]\nmax_age = "30d"\nlevels = { debug = "3d", info = "10d" }\n')
    log = tmp_path / "logs/a.log"
    log.parent.mkdir()
    log.write_text(
        line(31, "error", "too old")
        + line(29, "error", "old error")
        + line(29, "info", "old info")
        + line(9, "info", "info")
        + line(4, "debug", "old debug")
        + line(4, "trace", "old trace")
        + line(2, "debug", "debug")
    )
    collect_once(settings)
    collect_once(settings)
    assert kept(settings) == ["debug", "info", "old error"]
    (count,) = read_withheld(settings.db_path)
    assert (count.reason, count.service, count.records) == ("pruned", "", 4)


def test_a_store_past_its_size_loses_its_oldest_records(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    log = tmp_path / "logs/a.log"
    log.parent.mkdir()
    log.write_text(
        "".join(line(20_000 / DAY_S - number / DAY_S, "info", f"{number:06} {'x' * 150}") for number in range(15_000))
    )
    collect_once(settings)
    before = used_bytes(settings.db_path)
    (tmp_path / "loglama.toml").write_text('[retention]\nmax_size = "2MB"\n')
    bounded = load_settings(environ={}, folder=tmp_path)
    collect_once(bounded)
    after = kept(bounded)
    assert used_bytes(settings.db_path) <= 2_000_000 < before
    assert 1000 < len(after) < 15_000
    assert after == sorted(after)[-len(after) :]
    assert after[-1].startswith("014999")


def test_a_running_collector_prunes_beside_its_writing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[retention]\nmax_age = "1d"\n')
    log = tmp_path / "logs/a.log"
    log.parent.mkdir()
    log.write_text("".join(line(2, "info", f"old {number}") for number in range(20_000)))
    events: list[str] = []
    collect_once(settings_without_retention(settings))
    loop = CollectLoop(settings, kind="daemon", on_event=lambda name, _fields: events.append(name))
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        with log.open("a") as file:
            for number in range(200):
                file.write(line(0, "info", f"new {number}"))
                file.flush()
        until(lambda: "records pruned" in events)
        until(lambda: len(kept(settings)) == 200)
    finally:
        loop.stop()
        thread.join()
    assert all(message.startswith("new ") for message in kept(settings))


def settings_without_retention(settings: Settings) -> Settings:
    from dataclasses import replace

    return replace(settings, retention=None)


@pytest.mark.parametrize("text", ["max_age = '1d'", "levels = { info = '1d' }"])
def test_bookmarked_records_stay(tmp_path: Path, text: str) -> None:
    import sqlite3

    settings = settings_in(tmp_path, f"[retention]\n{text}\n")
    log = tmp_path / "logs/a.log"
    log.parent.mkdir()
    log.write_text(line(2, "info", "marked") + line(2, "info", "gone"))
    collect_once(settings_without_retention(settings))
    connection = sqlite3.connect(settings.db_path)
    connection.execute("INSERT INTO bookmarks (record_id, note, created_ns) VALUES (1, 'look', 0)")
    connection.commit()
    connection.close()
    collect_once(settings)
    assert kept(settings) == ["marked"]
