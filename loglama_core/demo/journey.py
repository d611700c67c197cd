"""A request on its way through the services: one id, one user, one clock that only moves forward."""

from __future__ import annotations

from random import Random
from typing import Any

from loglama_core.demo.event import DemoEvent
from loglama_core.demo.vocabulary import USERS


class Journey:
    """Collects what every service says about one request.

    ``time_ns``: where the request is in time now; every ``say`` is stamped with it.
    """

    __slots__ = ("_events", "random", "request_id", "started_ns", "time_ns", "user")

    def __init__(self, random: Random, started_ns: int, events: list[DemoEvent]) -> None:
        self.random = random
        self._events = events
        self.started_ns = started_ns
        self.time_ns = started_ns
        self.request_id = f"{random.getrandbits(48):012x}"
        self.user = USERS[int(random.random() * len(USERS))]

    def pick(self, choices: tuple[str, ...]) -> str:
        """Return one of the choices."""
        return choices[int(self.random.random() * len(choices))]

    def number(self, low: int, high: int) -> int:
        """Return a whole number, low <= number < high."""
        return low + int(self.random.random() * (high - low))

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability comes to pass."""
        return self.random.random() < probability

    def wait(self, low_ms: float, high_ms: float) -> float:
        """Let time pass, mostly near ``low_ms`` and now and then up to ``high_ms``; return it in milliseconds."""
        share = self.random.random()
        waited_ms = round(low_ms + (high_ms - low_ms) * share * share * share, 2)
        self.time_ns += int(waited_ms * 1_000_000)
        return waited_ms

    def elapsed_ms(self, since_ns: int) -> float:
        """Return the milliseconds since a moment."""
        return (self.time_ns - since_ns) // 10_000 / 100

    def say(
        self,
        level: str,
        logger: str,
        message: str,
        fields: dict[str, Any],
        exception: str | None = None,
    ) -> None:
        """Have the service that owns ``logger`` say something now, with the request's id."""
        fields["request_id"] = self.request_id
        service = logger.partition(".")[0]
        self._events.append(DemoEvent(self.time_ns, service, level, logger, message, fields, exception))
