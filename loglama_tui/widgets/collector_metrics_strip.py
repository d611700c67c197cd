"""What the collector measured of itself, drawn: a short curve and the newest value of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.widgets import Static

from loglama_core.amounts import byte_size
from loglama_core.store.collector_metrics import CollectorMetrics
from loglama_tui.theme import palette_of
from loglama_tui.widgets.sparkline import sparkline


class Span(NamedTuple):
    """How far the curves look back: ``name``, ``seconds``; ``step_s``: how much time one measurement drawn stands for.

    ``None``: each of them is drawn as it was taken.
    """

    name: str
    seconds: int
    step_s: int | None


SPANS = (Span("hour", 3600, None), Span("day", 86_400, 300), Span("week", 7 * 86_400, 1800))

_CELL = 26
_LABEL, _VALUE = 8, 9
_SHORTEST_CURVE = 5


class _Metric(NamedTuple):
    label: str
    value: Callable[[CollectorMetrics], float]
    text: Callable[[float], str]
    warn: float
    """From this value on it is drawn as a warning."""


_METRICS = (
    _Metric("stored", lambda each: each.records_per_s, lambda value: f"{value:,.0f}/s", float("inf")),
    _Metric("batch", lambda each: each.slowest_batch_ms, lambda value: f"{value:,.0f} ms", 2_000),
    _Metric("behind", lambda each: each.lag_bytes, lambda value: byte_size(int(value)), 5_000_000),
    _Metric("to index", lambda each: each.index_backlog, lambda value: f"{value:,.0f}", 1_000_000),
    _Metric("query", lambda each: each.query_ms, lambda value: f"{value:,.1f} ms", 500),
    _Metric("memory", lambda each: each.memory_bytes, lambda value: byte_size(int(value)), 1_000_000_000),
)


class CollectorMetricsStrip(Static):
    """Two lines or three of curves over the last hour, day or week; one that says so while nothing was measured."""

    def __init__(self) -> None:
        super().__init__(markup=False, id="collector-metrics")
        self._metrics: Sequence[CollectorMetrics] = ()
        self._now_ns = 0
        self._span = SPANS[0]

    def show(self, metrics: Sequence[CollectorMetrics], now_ns: int, span: Span) -> None:
        """Draw what was measured in the span up to ``now_ns``, oldest first; the last one gives the values beside."""
        self._span = span
        self._metrics = metrics
        self._now_ns = now_ns
        self._draw()

    def on_mount(self) -> None:
        """Draw anew when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw())

    def on_resize(self) -> None:
        """Fit the curves to the width."""
        self._draw()

    def _draw(self) -> None:
        palette = palette_of(self.app)
        if not self._metrics:
            self.update(
                Content.styled(f"the collector has measured nothing in the last {self._span.name}", palette.dim)
            )
            return
        columns = max(1, min(len(_METRICS), self.size.width // _CELL))
        curve = max(_SHORTEST_CURVE, self.size.width // columns - _LABEL - _VALUE - 4)
        rows: list[Content] = []
        for start in range(0, len(_METRICS), columns):
            parts: list[Content] = []
            for metric in _METRICS[start : start + columns]:
                values = self._curve(metric, curve)
                newest = metric.value(self._metrics[-1])
                color = palette.warning if newest >= metric.warn else palette.soft
                parts += [
                    Content.styled(f"{metric.label:<{_LABEL}} ", palette.dim),
                    Content.styled(sparkline(values), palette.info),
                    Content.styled(f" {metric.text(newest):<{_VALUE}} ", color),
                ]
            rows.append(Content("").join(parts))
        self.update(Content("\n").join(rows))

    def _curve(self, metric: _Metric, cells: int) -> list[float]:
        """Return the highest value in each of ``cells`` equal parts of the span."""
        highest = [0.0] * cells
        span_ns = self._span.seconds * 1_000_000_000
        for each in self._metrics:
            cell = int((each.time_ns - (self._now_ns - span_ns)) * cells / span_ns)
            if cell >= 0:
                cell = min(cells - 1, cell)
                highest[cell] = max(highest[cell], metric.value(each))
        return highest
