from __future__ import annotations

import json
import re
import sqlite3
import stat
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from loglama_core.demo.conditions import CYCLE_S, OUTAGE_S, refuses
from loglama_core.demo.ecosystem import DemoEcosystem
from loglama_core.demo.event import DemoEvent
from loglama_core.model import LEVEL_NAMES

START_NS = 1_800_000_000_000_000_000
CYCLE_NS = int(CYCLE_S * 1e9)
PYTHON_HEADER = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")


def events_of(ecosystem: DemoEcosystem, seconds: float, start_ns: int = START_NS) -> Iterator[DemoEvent]:
    return takewhile(lambda event: event.time_ns < start_ns + seconds * 1e9, ecosystem.events(start_ns))


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> list[DemoEvent]:
    """Every event of one whole cycle at 100 records a second."""
    return list(events_of(DemoEcosystem(tmp_path_factory.mktemp("cycle"), rate=100), CYCLE_S))


def test_the_same_seed_and_start_give_the_same_events(tmp_path: Path) -> None:
    first = list(events_of(DemoEcosystem(tmp_path), 60))
    assert first == list(events_of(DemoEcosystem(tmp_path), 60))
    assert first != list(events_of(DemoEcosystem(tmp_path, seed=8), 60))


def test_events_come_in_the_order_of_time_and_at_the_rate_asked_for(cycle: list[DemoEvent]) -> None:
    assert all(earlier.time_ns <= later.time_ns for earlier, later in pairwise(cycle))
    assert len(cycle) / CYCLE_S == pytest.approx(100, rel=0.1)


def test_all_services_and_levels_speak_in_many_ways(cycle: list[DemoEvent], tmp_path: Path) -> None:
    assert {event.service for event in cycle} == set(DemoEcosystem(tmp_path).services)
    assert {event.level for event in cycle} == set(LEVEL_NAMES) - {"trace"}
    assert all(event.logger.startswith(f"{event.service}.") for event in cycle)
    templates = {(event.logger, re.sub(r'[\d.]+|"[^"]*"|/\S*|: .*|sb-\w+', "#", event.message)) for event in cycle}
    assert len(templates) >= 60


def test_requests_cross_services_and_their_durations_add_up(cycle: list[DemoEvent]) -> None:
    requests: dict[str, list[DemoEvent]] = {}
    for event in cycle:
        if "request_id" in event.fields:
            requests.setdefault(event.fields["request_id"], []).append(event)
    crossing = [events for events in requests.values() if len({event.service for event in events}) >= 3]
    assert len(crossing) > 100
    finished = 0
    for events in requests.values():
        first, last = events[0], events[-1]
        if (
            first.message.startswith("request started")
            and "duration_ms" in last.fields
            and last.logger == "weblama.http"
        ):
            assert last.fields["duration_ms"] == pytest.approx((last.time_ns - first.time_ns) / 1e6, abs=0.02)
            finished += 1
    assert finished > 1000


def test_a_burst_and_an_outage_stand_out(cycle: list[DemoEvent]) -> None:
    per_second = Counter(int(event.time_ns / 1e9 % CYCLE_S) for event in cycle)
    assert sum(per_second[second] for second in range(152, 166)) > 2 * sum(
        per_second[second] for second in range(132, 146)
    )
    down = [event for event in cycle if refuses(event.time_ns)]
    failed = sum(event.level in {"error", "critical"} for event in down) / len(down)
    others = [event for event in cycle if event.time_ns / 1e9 % CYCLE_S < OUTAGE_S[0] - 20]
    assert failed > 5 * sum(event.level in {"error", "critical"} for event in others) / len(others)
    assert any("circuit closed" in event.message for event in cycle)
    assert not any(event.message == "generation finished" for event in down)


def test_worker_memory_leaks_until_it_is_recycled(tmp_path: Path) -> None:
    readings = [
        int(event.message.split()[3])
        for event in events_of(DemoEcosystem(tmp_path, rate=30), 2 * CYCLE_S)
        if event.message.startswith("worker memory at")
    ]
    rises = [later - earlier for earlier, later in pairwise(readings)]
    assert all(rise >= 0 or rise < -40 for rise in rises)
    assert max(readings) - readings[0] > 10


def test_hostile_and_foreign_text_is_among_it_and_stays_on_its_line(cycle: list[DemoEvent]) -> None:
    text = "\n".join(event.message + json.dumps(event.fields, ensure_ascii=False) for event in cycle)
    for sample in ("łódź", "🦙", "機械", "مرحبا", "שלום", "[@click=app.quit]", "[/]"):
        assert sample in text
    assert any("\x1b" in event.message for event in cycle)
    assert not any(re.search(r"[\n\r]", event.message + "".join(map(str, event.fields.values()))) for event in cycle)
    assert any(event.exception and event.exception.count("\n") > 5 for event in cycle)


def records_in_files(folder: Path) -> Counter[str]:
    """Count records per service by the rules of each format, knowing nothing of the generator."""
    counts: Counter[str] = Counter()
    for path in (folder / "logs").iterdir():
        service = path.stem.partition("-")[0]
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            if service == "weblama" or path.name == "apilama.log":
                assert json.loads(line)["level"].lower() in LEVEL_NAMES
                counts[service] += 1
            elif service == "pylama":
                assert line.startswith("ts=20")
                counts[service] += 1
            else:
                counts[service] += bool(PYTHON_HEADER.match(line))
    with closing(sqlite3.connect(folder / "pybox" / "logs" / "pybox.db")) as connection:
        counts["pybox"] += connection.execute("SELECT count(*) FROM logs").fetchone()[0]
    return counts


def test_history_counts_what_the_files_hold(tmp_path: Path) -> None:
    ecosystem = DemoEcosystem(tmp_path / "demo", rate=100)
    written = ecosystem.write_history(until_ns=START_NS + CYCLE_NS, minutes=6)
    assert set(written) == set(ecosystem.services)
    assert written == records_in_files(tmp_path / "demo")
    again = ecosystem.write_history(until_ns=START_NS + 2 * CYCLE_NS, minutes=1)
    assert Counter(written) + Counter(again) == records_in_files(tmp_path / "demo")


def test_pybox_keeps_an_audit_database(tmp_path: Path) -> None:
    ecosystem = DemoEcosystem(tmp_path, rate=100)
    ecosystem.write_history(until_ns=START_NS + CYCLE_NS, minutes=6)
    audit = [event for event in events_of(ecosystem, CYCLE_S) if event.logger == "pybox.audit"]
    with closing(sqlite3.connect(tmp_path / "pybox" / "logs" / "pybox.db")) as connection:
        rows = connection.execute("SELECT level_no, logger_name, message, context FROM logs ORDER BY id").fetchall()
    assert len(rows) == len(audit) > 10
    assert rows[0] == (20, "pybox.audit", audit[0].message, json.dumps(audit[0].fields, ensure_ascii=False))


def test_everything_is_private_and_declared(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    ecosystem = DemoEcosystem(folder)
    ecosystem.write_history(until_ns=START_NS, minutes=1)
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    config = tomllib.loads((folder / "loglama.toml").read_text(encoding="utf-8"))
    assert tuple(config["services"]) == ecosystem.services
    declared = {folder / name for service in config["services"].values() for name in service["logs"]}
    assert declared == {*(folder / "logs").iterdir(), folder / "pybox" / "logs" / "pybox.db"}


def test_an_existing_config_is_kept(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text("# mine\n", encoding="utf-8")
    DemoEcosystem(tmp_path)
    assert (tmp_path / "loglama.toml").read_text(encoding="utf-8") == "# mine\n"


def test_live_records_carry_the_time_they_are_written_at(tmp_path: Path) -> None:
    written = DemoEcosystem(tmp_path, rate=400).write_live(seconds=0.5, should_stop=lambda: False)
    assert written == {**dict.fromkeys(written, 0), **records_in_files(tmp_path)}
    lines = (tmp_path / "logs" / "weblama.log").read_text(encoding="utf-8").splitlines()
    stamps = [json.loads(line)["timestamp"] for line in lines]
    assert stamps == sorted(stamps)
    assert len(stamps) > 10


def test_live_ends_when_asked(tmp_path: Path) -> None:
    answers = iter([False, False, True])
    written = DemoEcosystem(tmp_path).write_live(seconds=None, should_stop=lambda: next(answers))
    assert sum(written.values()) < 40
