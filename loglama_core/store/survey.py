"""Everything a screen shows beside the hits, from one reading of them: number, counts over time, values of keys."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from loglama_core.errors import UsageError
from loglama_core.model import level_name
from loglama_core.store.counted_values import key_column, key_value
from loglama_core.store.counting import counts_by, counts_over_time
from loglama_core.store.predicate import Predicate
from loglama_core.store.record_reader import Facet, Survey, TimeBucket
from loglama_core.store.record_scan import DenseScan, record_scan
from loglama_core.store.time_scan import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loglama_core.store.block_scan import BlockScan
    from loglama_core.store.name_tables import NameTables
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection
    from loglama_core.store.time_scan import TimeScan

_REPORT_SECONDS = 0.1
_MOST_DISTINCT = 10_000
"""Values of a key that are told apart; an identifier has as many as there are records, and nobody reads that list."""

_HITS, _OVER_TIME = -2, -1


class HitSurvey:
    """Counts the hits of a plan while they are read.

    The minute counts answer at once what they can (see ``counting``); the rest follows newest first. ``plan`` must
    already hold the limits of time; with ``step_ns`` its two sides are the begin and the end of the buckets.
    """

    def __init__(
        self,
        connection: ReadConnection,
        names: NameTables,
        plan: Plan,
        *,
        keys: Sequence[str],
        values: int,
        buckets: tuple[int, int, int] | None,
    ) -> None:
        """``buckets``: begin, end and step in nanoseconds."""
        if not 0 < values <= _MOST_DISTINCT:
            raise UsageError(f"{values} values of a key cannot be shown", f"ask for 1 to {_MOST_DISTINCT:,}")
        self._connection, self._names, self._plan = connection, names, plan
        self._keys, self._values, self._span = tuple(dict.fromkeys(keys)), values, buckets
        self._counts: dict[str, Counter[int | str | None]] = {key: Counter() for key in self._keys}
        self._capped: set[str] = set()
        self._over_time: dict[int, Counter[str | None]] = {}
        self._ready: dict[str, Facet] = {}
        self._buckets: list[TimeBucket] | None = None
        self._hits = 0
        self._hits_known = False

    def reports(self) -> Iterator[Survey]:
        """Yield the reports; the last one is ``done``."""
        self._count_at_once()
        left = [key for key in self._keys if key not in self._ready]
        if self._hits_known and not left and (self._span is None or self._buckets is not None):
            yield self._report(self._plan.since_ns or 0, done=True)
            return
        if self._hits_known:
            yield self._report(self._plan.until_ns or time.time_ns(), done=False)
        searched_to_ns, reported = 0, time.perf_counter()
        for window in self._scan(left).windows():
            searched_to_ns = window.searched_to_ns
            for row in window.rows:
                self._add(row)
            if time.perf_counter() - reported > _REPORT_SECONDS:
                yield self._report(searched_to_ns, done=False)
                reported = time.perf_counter()
        yield self._report(searched_to_ns, done=True)

    def _count_at_once(self) -> None:
        if not self._plan.counted:
            return
        known = [key for key in self._keys if key in {"level", "service"}]
        for key in known or ["level"]:
            counts = Counter(
                {group[0]: n for group, n in counts_by(self._connection, self._names, self._plan, [key]).items()}
            )
            self._hits, self._hits_known = counts.total(), True
            if known:
                self._ready[key] = Facet(key, tuple(counts.most_common(self._values)), len(counts))
        if self._span is not None:
            since_ns, until_ns, step_ns = self._span
            if not (since_ns % 60_000_000_000 or step_ns % 60_000_000_000):
                self._buckets = counts_over_time(
                    self._connection, self._plan, since_ns=since_ns, until_ns=until_ns, step_ns=step_ns
                )

    def _scan(self, keys: Sequence[str]) -> TimeScan | BlockScan | DenseScan:
        """Return the scan whose rows are ``(what is counted, value, severity or None, hits)``.

        The hits of a window are found once and then grouped by each key: the predicate is the dear part.
        """
        columns = [key_column(key) for key in keys]
        selected = [f"{column.sql} AS key_{number}" for number, column in enumerate(columns)]
        parameters = tuple(parameter for column in columns for parameter in column.parameters)
        groups = [
            f"SELECT {number}, key_{number}, NULL, count(*) FROM hit GROUP BY 2" for number in range(len(columns))
        ]
        if self._span is not None and self._buckets is None:
            bucket = Predicate("(time_ns - ?) / ? AS bucket, severity", (self._span[0], self._span[2]))
            selected.append(bucket.sql)
            parameters += bucket.parameters
            groups.append(f"SELECT {_OVER_TIME}, bucket, severity, count(*) FROM hit GROUP BY 2, 3")
        if not self._hits_known:
            selected.append("1")
            groups.append(f"SELECT {_HITS}, NULL, NULL, count(*) FROM hit")
        self._scanned = tuple(keys)
        selection = Selection(", ".join(selected), parameters, summary=" UNION ALL ".join(groups))
        return record_scan(self._connection, self._plan, selection)

    def _add(self, row: tuple[int, Any, int | None, int]) -> None:
        what, value, severity, count = row
        if what == _HITS:
            self._hits += count
        elif what == _OVER_TIME:
            self._over_time.setdefault(value, Counter())[level_name(severity or 0)] += count
        else:
            key = self._scanned[what]
            counts = self._counts[key]
            if value in counts or len(counts) < _MOST_DISTINCT:
                counts[value] += count
            else:
                self._capped.add(key)

    def _report(self, searched_to_ns: int, *, done: bool) -> Survey:
        return Survey(
            self._hits, self._bars(), tuple(self._facet(key) for key in self._keys), searched_to_ns, done=done
        )

    def _facet(self, key: str) -> Facet:
        if key in self._ready:
            return self._ready[key]
        counts: Counter[Any] = Counter()
        for value, count in self._counts[key].most_common(None if key == "level" else self._values):
            counts[key_value(key, value, self._names)] += count  # several severities are one level
        distinct = len(counts) if key == "level" else len(self._counts[key])
        return Facet(key, tuple(counts.most_common(self._values)), distinct, key in self._capped)

    def _bars(self) -> list[TimeBucket]:
        if self._span is None:
            return []
        if self._buckets is not None:
            return self._buckets
        since_ns, until_ns, step_ns = self._span
        count = max(0, -(-(until_ns - since_ns) // step_ns))
        return [TimeBucket(since_ns + at * step_ns, dict(self._over_time.get(at, ()))) for at in range(count)]
