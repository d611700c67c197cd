"""The endless stream of events, in the order of time, from a seed."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from operator import attrgetter
from random import Random

from loglama_core.demo.chatter import INCIDENTS, REMARKS, incident_event, job_failure, leak_reading, remark_event
from loglama_core.demo.conditions import load, refuses
from loglama_core.demo.event import DemoEvent
from loglama_core.demo.journey import Journey
from loglama_core.demo.requests import REQUESTS

RECORDS_PER_REQUEST = 4.85
"""Mean over a cycle and all kinds of request, from 2 million events; turns a rate of records into one of arrivals."""

REMARK_SHARE = 0.10
"""Share of all records that belong to no request."""

_NS = 1_000_000_000
_EVENTS_PER_WINDOW = 400
_by_time = attrgetter("time_ns")


class Traffic:
    """Events of the ecosystem from ``start_ns`` on: the same for the same seed, start and rate.

    ``rate``: mean records per second over a cycle of six minutes; bursts and lulls lie around it.
    """

    def __init__(self, seed: int, start_ns: int, rate: float) -> None:
        self._random = Random(f"{seed}:{start_ns}")
        self._start_ns = start_ns
        self._rate = rate
        self._requests = [function for _weight, function in REQUESTS]
        self._request_weights = list(accumulate(weight for weight, _function in REQUESTS))
        self._remark_weights = list(accumulate(remark.weight for remark in REMARKS))

    def events(self) -> Iterator[DemoEvent]:
        """Yield events in ascending time. Requests under way before the start are not seen."""
        window_ns = int(min(1.0, _EVENTS_PER_WINDOW / self._rate) * _NS)
        pending: list[DemoEvent] = []
        begin_ns = self._start_ns
        while True:
            end_ns = begin_ns + window_ns
            self._happen(begin_ns, end_ns, pending)
            pending.sort(key=_by_time)
            due = bisect(pending, end_ns - 1, key=_by_time)
            yield from pending[:due]
            del pending[:due]
            begin_ns = end_ns

    def _happen(self, begin_ns: int, end_ns: int, events: list[DemoEvent]) -> None:
        """Append everything that begins in ``[begin_ns, end_ns)``; some of it reaches beyond."""
        busy = self._rate * load(begin_ns)
        for time_ns in self._moments(begin_ns, end_ns, busy * (1 - REMARK_SHARE) / RECORDS_PER_REQUEST):
            choice = bisect(self._request_weights, self._random.random() * self._request_weights[-1])
            self._requests[choice](Journey(self._random, time_ns, events))
        for time_ns in self._moments(begin_ns, end_ns, busy * REMARK_SHARE):
            event = self._remark(time_ns)
            if event.service != "pyllm" or not refuses(time_ns):
                events.append(event)
        for incident in INCIDENTS:
            period_ns = int(incident.period_s * _NS)
            at_ns = int(incident.at_s * _NS)
            time_ns = begin_ns + (at_ns - begin_ns) % period_ns
            if time_ns < end_ns:
                events.append(incident_event(incident, time_ns, self._random))

    def _moments(self, begin_ns: int, end_ns: int, per_second: float) -> Iterator[int]:
        """Yield the arrival times of a Poisson process."""
        mean_ns = _NS / per_second
        time_ns = float(begin_ns)
        while True:
            time_ns -= math.log(1.0 - self._random.random()) * mean_ns
            if time_ns >= end_ns:
                return
            yield int(time_ns) // 1000 * 1000

    def _remark(self, time_ns: int) -> DemoEvent:
        chance = self._random.random()
        if chance < 0.05:
            return leak_reading(time_ns, self._random)
        if chance < 0.065:
            return job_failure(time_ns, self._random)
        choice = bisect(self._remark_weights, self._random.random() * self._remark_weights[-1])
        return remark_event(REMARKS[choice], time_ns, self._random)
