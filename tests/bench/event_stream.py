"""A seeded stream of plausible events as JSON lines or Python text, with its true counts."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDLE = "quagga-9041"
"""Stands in about one record of ten thousand."""

_LEVELS = {"debug": 22, "info": 66, "warning": 8, "error": 4}
_SERVICES = {"gateway": 30, "shop": 25, "search": 20, "mailer": 10, "billing": 15}
_EVENTS = {
    "debug": ("cache asked", "statement prepared", "token read"),
    "info": ("request served", "job done", "user signed in", "page rendered", "connection made"),
    "warning": ("statement was slow", "retrying", "quota nearly used"),
    "error": ("request failed", "no answer from upstream", "could not parse the body"),
}


@dataclass
class Truth:
    """The true answers about a file of events."""

    records: int = 0
    bytes: int = 0
    needles: int = 0
    by_level: Counter[str] = field(default_factory=Counter)
    by_service: Counter[str] = field(default_factory=Counter)


def _traceback(rng: random.Random, service: str) -> str:
    frames = "".join(
        f'  File "/srv/{service}/{rng.choice(("views", "models", "queue"))}.py", line {rng.randint(5, 800)}, in run\n'
        f"    {rng.choice(('self.step()', 'return handler(request)', 'cursor.execute(statement)'))}\n"
        for _ in range(rng.randint(2, 6))
    )
    return f"Traceback (most recent call last):\n{frames}ValueError: bad value {rng.randint(1, 999)}"


def _events(count: int, seed: int) -> Iterator[dict[str, object]]:
    rng = random.Random(seed)
    time = datetime(2026, 3, 1, tzinfo=UTC)
    for _ in range(count):
        time += timedelta(microseconds=rng.randint(1, 100_000))
        (level,) = rng.choices(list(_LEVELS), list(_LEVELS.values()))
        (service,) = rng.choices(list(_SERVICES), list(_SERVICES.values()))
        event: dict[str, object] = {
            "timestamp": time,
            "level": level,
            "event": rng.choice(_EVENTS[level]) + (f" {NEEDLE}" if rng.random() < 0.0001 else ""),
            "component": service,
            "logger": f"{service}.{rng.choice(('http', 'db', 'worker'))}",
            "request_id": f"{rng.getrandbits(64):016x}",
            "duration_ms": round(rng.lognormvariate(2.5, 1), 3),
        }
        if "request" in str(event["event"]):
            event |= {"method": "GET", "path": f"/items/{rng.randint(1, 5000)}", "status": rng.choice((200, 304, 404))}
        if level == "error" and rng.random() < 0.3:
            event["exception"] = _traceback(rng, service)
        yield event


def _json_line(event: dict[str, object]) -> str:
    return json.dumps({**event, "timestamp": f"{event['timestamp']:%Y-%m-%dT%H:%M:%S.%f}Z"}) + "\n"


def _text_line(event: dict[str, object]) -> str:
    exception = f"\n{event['exception']}" if "exception" in event else ""
    return (
        f"{event['timestamp']:%Y-%m-%d %H:%M:%S},{event['timestamp']:%f}"[:23]
        + f" - {event['logger']} - {str(event['level']).upper()} - {event['event']} request_id={event['request_id']}"
        + f" duration_ms={event['duration_ms']}{exception}\n"
    )


FORMATS = {"json": _json_line, "text": _text_line}


def write_events(path: Path, count: int, line_format: str, seed: int = 1) -> Truth:
    """Write ``count`` events to ``path``; returns the true answers. The same seed gives the same bytes."""
    truth = Truth(records=count)
    line_of = FORMATS[line_format]
    with path.open("w", encoding="utf-8") as file:
        for event in _events(count, seed):
            truth.bytes += file.write(line_of(event))
            truth.needles += NEEDLE in str(event["event"])
            truth.by_level[str(event["level"])] += 1
            truth.by_service[str(event["component"])] += 1
    return truth
