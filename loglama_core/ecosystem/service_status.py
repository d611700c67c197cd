"""How every service is: its process and health, and what its records and sources tell."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import SettingOrigin, Settings
from loglama_core.ecosystem.process_meter import ProcessMeter
from loglama_core.ecosystem.service_activity import TREND_MINUTES, with_activity
from loglama_core.ecosystem.service_state import ServiceCondition, look_at
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.model import ServiceState, ServiceStatus
from loglama_core.store.record_reader import RecordReader

_SILENCE = (0,) * TREND_MINUTES
_DECLARED = "declared in loglama.toml"
_PRESET = "one of the PyLama preset; its process is not managed: `loglama init` declares it"
_NOT_DECLARED = "not declared, known from its records; its process is not managed"
_LEAST_INTERVAL_S = 0.1
"""Two measurements of processor time this far apart tell something: the clock ticks 100 times a second."""


class ServiceWatch:
    """Looks at the services again and again; between two looks it measures what their processes take."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        self._settings = settings
        self._environ = environ
        self._state = StateFolder.of(settings)
        self._meter = ProcessMeter()

    def begin(self) -> float:
        """Take a first measurement, so that the first statuses know the processor time; returns when that was."""
        processes = [self._state.process(service.name) for service in self._settings.declared_services]
        alive = [process for process in processes if process is not None and process.is_alive]
        self._meter.measure(alive)
        return time.monotonic() if alive else 0.0

    def statuses(self, reader: RecordReader | None, now_ns: int, *, begun: float | None = None) -> list[ServiceStatus]:
        """Return every declared service and every service that has records; silent ones of the preset come last.

        ``reader``: ``None`` when there is no store, then nothing is known of records. ``begun``: what ``begin``
        returned; the measurement then waits until it says something. Raises ``StoreError``.
        """
        declared = self._settings.declared_services
        with ThreadPoolExecutor(max_workers=max(1, min(32, len(declared))), thread_name_prefix="loglama-look") as pool:
            looks = [pool.submit(look_at, service, self._settings, self._state, self._environ) for service in declared]
            heard = _heard(self._settings, reader, now_ns)
            conditions = {service.name: look.result() for service, look in zip(declared, looks, strict=True)}
        if begun:
            time.sleep(max(0.0, begun + _LEAST_INTERVAL_S - time.monotonic()))
        processes = {condition.process for condition in conditions.values() if condition.process is not None}
        measured = self._meter.measure(processes)
        seen = []
        for status in heard:
            condition = conditions.get(status.service)
            if condition is None:
                seen.append(status)
                continue
            found = _with_condition(status, condition)
            taken = None if condition.process is None else measured.get(condition.process)
            if taken is not None:
                found = replace(
                    found,
                    cpu_percent=taken.cpu_percent,
                    memory_bytes=taken.memory_bytes,
                    uptime_s=taken.uptime_s,
                )
            seen.append(found)
        return seen


def service_statuses(settings: Settings, reader: RecordReader | None, now_ns: int) -> list[ServiceStatus]:
    """Look once; see ``ServiceWatch.statuses``. Processor time takes two looks and is not known."""
    return ServiceWatch(settings).statuses(reader, now_ns)


def known_services(settings: Settings, with_records: Sequence[str] = ()) -> list[ServiceStatus]:
    """Return the services that are declared or have records, with nothing said about what they do; asks no store."""
    services = {service.name: service for service in settings.services}
    is_preset = settings.sources["services"].origin is SettingOrigin.DEFAULT
    if is_preset:
        heard = sorted({*with_records})
        ordered = heard + [name for name in services if name not in heard]
    else:
        ordered = [*services, *(name for name in with_records if name not in services)]
    return [_known(name, services.get(name), is_preset=is_preset) for name in ordered]


def _known(name: str, service: DeclaredService | None, *, is_preset: bool) -> ServiceStatus:
    reason = _NOT_DECLARED if service is None else _PRESET if is_preset else _DECLARED
    return ServiceStatus(
        service=name,
        state=ServiceState.UNKNOWN,
        reason=reason,
        trend=_SILENCE,
        declared=service is not None and not is_preset,
        depends_on=() if service is None else service.depends_on,
    )


def _heard(settings: Settings, reader: RecordReader | None, now_ns: int) -> list[ServiceStatus]:
    if reader is None:
        return known_services(settings)
    with_records = reader.services()
    lags: Counter[str] = Counter()
    for source in reader.sources():
        lags[source.service] += source.lag_bytes
    return [
        replace(
            with_activity(status, reader, now_ns) if status.service in with_records else status,
            lag_bytes=lags[status.service],
        )
        for status in known_services(settings, with_records)
    ]


def _with_condition(status: ServiceStatus, condition: ServiceCondition) -> ServiceStatus:
    health = condition.health
    return replace(
        status,
        state=condition.state,
        reason=condition.reason,
        pid=None if condition.process is None else condition.process.pid,
        restarts=condition.restarts,
        health="none" if health is None else "ok" if health.ok else "failing",
        health_ms=None if health is None else health.ms,
        health_reason="" if health is None else health.reason,
        started_by=condition.started_by,
    )
