from __future__ import annotations

from pathlib import Path

import pytest

from loglama_core.ecosystem.service_activity import TREND_MINUTES, records_of, sources_of
from loglama_core.ecosystem.service_status import known_services, service_statuses
from loglama_core.model import ServiceState
from loglama_core.store.sqlite_reader import SqliteReader
from tests.store_maker import NOW_NS, StoreMaker, row, settings_in

DECLARED = """
[services.web]
logs = ["logs/web.log"]
[services.api]
logs = ["logs/api.log"]
"""


def test_rates_trend_last_record_and_lag_come_from_the_store(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, DECLARED)
    with StoreMaker(settings.db_path) as store:
        store.source(
            "logs/api.log",
            "api",
            [
                row(3600, "long ago", service="api"),
                row(125, "two minutes ago", service="api"),
                row(70, "timeout", service="api", severity=17),
                row(1, "just now", service="api", severity=21),
            ],
            size=5000,
        )
    with SqliteReader(settings.db_path) as reader:
        web, api = service_statuses(settings, reader, NOW_NS)
    assert (web.service, web.state, web.last_record_ns, web.records_per_min) == ("web", ServiceState.UNKNOWN, None, 0)
    assert web.trend == (0,) * TREND_MINUTES
    assert api.last_record_ns == NOW_NS - 1_000_000_000
    assert api.trend == (0, 0, 0, 0, 0, 0, 0, 2, 0, 1)
    # 10:48:00 to 10:57:05.137 are 9.086 minutes.
    assert api.records_per_min == pytest.approx(3 / 9.08562, rel=1e-4)
    assert api.errors_per_min == pytest.approx(2 / 9.08562, rel=1e-4)
    assert api.lag_bytes == 5000 - 400
    assert "loglama.toml" in api.reason


def test_declared_services_come_first_then_the_others_that_have_records(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, DECLARED)
    with StoreMaker(settings.db_path) as store:
        store.source("logs/x.log", "x", [row(1, "m", service="zeta"), row(1, "m", service="alpha")])
    with SqliteReader(settings.db_path) as reader:
        statuses = service_statuses(settings, reader, NOW_NS)
    assert [status.service for status in statuses] == ["web", "api", "alpha", "zeta"]
    assert statuses[2].reason.startswith("not declared")


def test_silent_services_of_the_preset_come_last(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    statuses = known_services(settings, ["cron", "apilama"])
    assert [status.service for status in statuses] == ["apilama", "cron", "weblama", "pybox", "pyllm", "pylama"]
    assert "preset" in statuses[0].reason


def test_a_service_is_found_by_its_exact_name_whatever_the_name_holds(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    names = ["api*", "apix", 'q"uo\\te', "[/bold]", "\x1b[2J", "łódź", "ŁÓDŹ", "a,b"]
    with StoreMaker(settings.db_path) as store:
        store.source("x", "x", [row(index, f"of {name}", service=name) for index, name in enumerate(names)])
    with SqliteReader(settings.db_path) as reader:
        for name in names:
            assert [record.service for record in reader.search(records_of(name))] == [name]
            assert list(reader.search(records_of(name, errors_only=True))) == []
        statuses = {status.service: status for status in service_statuses(settings, reader, NOW_NS)}
    assert all(sum(statuses[name].trend) == 1 for name in names)


def test_a_shared_source_is_a_source_of_every_service_its_lines_name(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with StoreMaker(settings.db_path) as store:
        store.source("shared.log", "shared", [row(1, "m", service="api")])
        store.source("other.log", "other", [row(1, "m", service="other")])
        store.source("api.log", "api")
    with SqliteReader(settings.db_path) as reader:
        latest = list(reader.search(records_of("api")))
        assert {source.path for source in sources_of("api", reader.sources(), latest)} == {"shared.log", "api.log"}


def test_a_record_of_the_future_is_neither_rate_nor_trend(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with StoreMaker(settings.db_path) as store:
        store.source("x", "x", [row(-86_400, "tomorrow", service="x")])
    with SqliteReader(settings.db_path) as reader:
        status = service_statuses(settings, reader, NOW_NS)[0]
    assert status.records_per_min == 0
    assert status.last_record_ns == NOW_NS + 86_400 * 10**9
