"""What services say when nobody asked: pools, caches, jobs, temperatures, a leak; and the story of each outage."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from loglama_core.demo.conditions import LEAK_S, OUTAGE_S, leaked_percent
from loglama_core.demo.event import DemoEvent
from loglama_core.demo.tracebacks import job_failed, out_of_gpu_memory
from loglama_core.demo.vocabulary import JOBS, MODELS


class Remark(NamedTuple):
    """Something a service says on its own: how often by weight, and what with which fields."""

    weight: float
    level: str
    logger: str
    message: str
    fields: Callable[[Random], dict[str, Any]]


REMARKS: tuple[Remark, ...] = (
    Remark(
        9,
        "debug",
        "weblama.http",
        "health check answered",
        lambda r: {"status": 200, "duration_ms": round(r.random() * 3, 2)},
    ),
    Remark(4, "debug", "weblama.assets", "asset cache revalidated", lambda r: {"files": int(r.random() * 90)}),
    Remark(3, "info", "weblama.socket", "websocket opened", lambda r: {"open": 10 + int(r.random() * 60)}),
    Remark(3, "info", "weblama.socket", "websocket closed", lambda r: {"code": 1000 if r.random() < 0.9 else 1006}),
    Remark(
        1,
        "warning",
        "weblama.limits",
        "rate limit near",
        lambda r: {"client": f"10.0.3.{int(r.random() * 250)}", "used_percent": 85 + int(r.random() * 15)},
    ),
    Remark(
        0.6,
        "warning",
        "weblama.templates",
        "translation missing",
        lambda r: {"key": f"quiz.hint.{int(r.random() * 40)}", "locale": "pl_PL"},
    ),
    Remark(
        0.4,
        "warning",
        "weblama.http",
        "deprecated endpoint used: /api/v0/lessons",
        lambda r: {"callers": 1 + int(r.random() * 5)},
    ),
    Remark(
        8,
        "debug",
        "apilama.http",
        "health check answered",
        lambda r: {"status": 200, "duration_ms": round(r.random() * 4, 2)},
    ),
    Remark(
        4, "debug", "apilama.db", "connection pool", lambda r: {"in_use": int(r.random() * 9), "size": 10, "waiting": 0}
    ),
    Remark(
        3,
        "debug",
        "apilama.cache",
        "entries evicted",
        lambda r: {"entries": int(r.random() * 200), "bytes": int(r.random() * 4e6)},
    ),
    Remark(
        1,
        "warning",
        "apilama.db",
        "connection pool exhausted, waiting",
        lambda r: {"in_use": 10, "size": 10, "waiting": 1 + int(r.random() * 6)},
    ),
    Remark(
        3,
        "info",
        "apilama.jobs",
        "job started",
        lambda r: {"job": JOBS[int(r.random() * len(JOBS))], "id": int(r.random() * 90_000)},
    ),
    Remark(
        3,
        "info",
        "apilama.jobs",
        "job finished",
        lambda r: {"job": JOBS[int(r.random() * len(JOBS))], "duration_ms": int(r.random() * 8_000)},
    ),
    Remark(
        0.5,
        "warning",
        "apilama.jobs",
        "job queue is 2 minutes behind",
        lambda r: {"waiting": 20 + int(r.random() * 80)},
    ),
    Remark(
        5,
        "debug",
        "pyllm.gpu",
        "gpu sampled",
        lambda r: {"temperature_c": 58 + int(r.random() * 24), "util_percent": int(r.random() * 100)},
    ),
    Remark(
        3,
        "debug",
        "pyllm.scheduler",
        "batch scheduled",
        lambda r: {"sequences": 1 + int(r.random() * 16), "tokens": int(r.random() * 8_000)},
    ),
    Remark(1, "info", "pyllm.cache", "kv cache compacted", lambda r: {"freed_mb": int(r.random() * 900)}),
    Remark(0.7, "warning", "pyllm.gpu", "gpu is throttling", lambda r: {"temperature_c": 84 + int(r.random() * 6)}),
    Remark(4, "debug", "pybox.pool", "pool refilled", lambda r: {"ready": 4 + int(r.random() * 9)}),
    Remark(2, "info", "pybox.images", "image layer verified", lambda r: {"layer": f"sha256:{r.getrandbits(40):010x}"}),
    Remark(0.5, "warning", "pybox.disk", "scratch space low", lambda r: {"free_mb": 200 + int(r.random() * 700)}),
    Remark(3, "debug", "pylama.memory", "conversation trimmed", lambda r: {"messages": 12 + int(r.random() * 60)}),
    Remark(
        2,
        "info",
        "pylama.cli",
        "command finished",
        lambda r: {"command": "pylama chat", "exit_code": 0 if r.random() < 0.95 else 1},
    ),
    Remark(
        0.5,
        "warning",
        "pylama.agent",
        "same tool chosen three times in a row",
        lambda r: {"step": 3 + int(r.random() * 5)},
    ),
)


def remark_event(remark: Remark, time_ns: int, random: Random) -> DemoEvent:
    """Return one remark as an event."""
    service = remark.logger.partition(".")[0]
    return DemoEvent(time_ns, service, remark.level, remark.logger, remark.message, remark.fields(random))


def job_failure(time_ns: int, random: Random) -> DemoEvent:
    """Return a background job's end by traceback."""
    job = JOBS[int(random.random() * len(JOBS))]
    fields = {"job": job, "id": int(random.random() * 90_000)}
    return DemoEvent(time_ns, "apilama", "error", "apilama.jobs", "job failed", fields, job_failed(random))


def leak_reading(time_ns: int, random: Random) -> DemoEvent:
    """Return a reading of the memory that leaks: calm, then a warning, then an error."""
    percent = leaked_percent(time_ns)
    level = "debug" if percent < 75 else "warning" if percent < 95 else "error"
    fields = {"rss_mb": percent * 20 + int(random.random() * 20), "limit_mb": 2_048, "objects": percent * 9_113}
    return DemoEvent(time_ns, "pybox", level, "pybox.worker", f"worker memory at {percent} %", fields)


class Incident(NamedTuple):
    """One line of a story that repeats: ``at_s`` seconds into every ``period_s`` (see ``conditions``)."""

    period_s: float
    at_s: float
    level: str
    logger: str
    message: str
    fields: dict[str, Any]
    exception: Callable[[Random], str] | None = None


_DOWN, _UP = OUTAGE_S

INCIDENTS: tuple[Incident, ...] = (
    Incident(
        360, 149.2, "info", "weblama.classes", "class started: Python for teachers, 28 learners", {"room": "łódź-2"}
    ),
    Incident(
        360, _DOWN - 11.5, "warning", "pyllm.gpu", "gpu memory 93 % full", {"used_mb": 22_040, "total_mb": 23_700}
    ),
    Incident(360, _DOWN - 4.1, "warning", "pyllm.scheduler", "queue grows faster than it is served", {"queue": 41}),
    Incident(
        360,
        _DOWN - 0.02,
        "critical",
        "pyllm.engine",
        "out of gpu memory, stopping",
        {"model": MODELS[1]},
        out_of_gpu_memory,
    ),
    Incident(360, _DOWN + 9.0, "error", "apilama.llm", "circuit opened for pyllm", {"failures": 12, "window_s": 10}),
    Incident(360, _DOWN + 14.6, "info", "pyllm.server", "starting", {"version": "0.9.4", "pid": 20_411}),
    Incident(360, _DOWN + 15.1, "info", "pyllm.engine", "loading model", {"model": MODELS[0], "layers": 32}),
    Incident(360, _DOWN + 24.0, "warning", "apilama.llm", "circuit half open, trying pyllm once", {"attempt": 1}),
    Incident(360, _DOWN + 31.3, "info", "pyllm.engine", "model loaded", {"model": MODELS[0], "seconds": 16.2}),
    Incident(360, _UP - 0.4, "info", "pyllm.server", "listening on http://127.0.0.1:8002", {"workers": 1}),
    Incident(360, _UP + 0.3, "info", "apilama.llm", "circuit closed, pyllm recovered", {"down_s": round(_UP - _DOWN)}),
    Incident(
        LEAK_S,
        LEAK_S - 2.0,
        "critical",
        "pybox.worker",
        "memory limit reached, recycling the worker",
        {"limit_mb": 2_048},
    ),
    Incident(LEAK_S, 0.9, "info", "pybox.worker", "worker recycled", {"pid": 31_877, "uptime_s": round(LEAK_S)}),
)


def incident_event(incident: Incident, time_ns: int, random: Random) -> DemoEvent:
    """Return one incident as an event."""
    service = incident.logger.partition(".")[0]
    exception = incident.exception(random) if incident.exception else None
    return DemoEvent(
        time_ns, service, incident.level, incident.logger, incident.message, dict(incident.fields), exception
    )
