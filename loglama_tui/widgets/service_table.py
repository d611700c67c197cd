"""Every service as one line: state, process, health, last log, trend, rates and lag."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from textual.content import Content
from textual.widget import Widget

from loglama_core.amounts import age, byte_size, compact_duration
from loglama_core.ecosystem.service_activity import TREND_MINUTES
from loglama_core.model import ServiceState, ServiceStatus
from loglama_tui.display_safe import display_safe
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cursor_lines import CursorLines, Line
from loglama_tui.widgets.service_states import health_style, health_word, state_style, state_word
from loglama_tui.widgets.sparkline import sparkline
from loglama_tui.widgets.table_columns import Column, fitting, laid_out

_NARROWEST_NAME = 12
_NARROWEST_REASON = 30
_WIDEST_NAME = 24
_TREND = f"RATE {TREND_MINUTES} min"
_OF_PROCESSES = frozenset({"PID", "UP", "CPU", "MEM", "HEALTH"})
_DISPENSABLE = ("LAG", "REC/min", _TREND, "PID", "CPU", "MEM", "ERR/min", "UP", "LAST LOG", "HEALTH")
"""What is left out first where the screen is narrow."""


class ColumnTitles(Widget):
    """The titles of a ``ServiceTable``; a line of its own, so that it stays while the services scroll."""

    def __init__(self, table: ServiceTable) -> None:
        super().__init__()
        self._table = table

    def render(self) -> Content:
        """Return the titles where the table's columns are."""
        columns, gap = self._table.columns(self.size.width - 2)
        pieces = laid_out(columns, [(column.title, "") for column in columns], gap)
        return Content.styled(" " + "".join(text for text, _ in pieces), f"bold {palette_of(self.app).dim}")


class ServiceTable(CursorLines):
    """The services last given to ``show``."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.statuses: list[ServiceStatus] = []
        self._now_ns = 0
        self._chosen: str | None = None

    @property
    def selected(self) -> ServiceStatus | None:
        """The service under the cursor."""
        return None if self.cursor is None or self.cursor >= len(self.statuses) else self.statuses[self.cursor]

    def show(self, statuses: Sequence[ServiceStatus], now_ns: int) -> None:
        """Show services as they were at ``now_ns``; the cursor stays on the chosen service, else on the first."""
        self.statuses = list(statuses)
        self._now_ns = now_ns
        self.cursor = next((row for row, status in enumerate(statuses) if status.service == self._chosen), 0)
        self.styles.height = max(1, len(self.statuses))
        self.rebuild()

    def choose(self, service: str) -> None:
        """Move the cursor to a service, or as soon as it is shown."""
        self._chosen = service
        self.show(self.statuses, self._now_ns)

    def move_cursor(self, row: int | None) -> None:
        """Remember the service that was chosen: its row may change."""
        super().move_cursor(row)
        self._chosen = None if self.selected is None else self.selected.service

    def columns(self, width: int) -> tuple[list[Column], int]:
        """Return the columns that fit into ``width`` cells, and the gap between them.

        Those of processes stand only where LogLama knows of one: without them the log has more room.
        """
        managed = any(status.state is not ServiceState.UNKNOWN for status in self.statuses)
        gap = 4 if width >= (130 if managed else 110) else 1 if managed and width < 84 else 2
        longest = max((cell_len(display_safe(status.service)) for status in self.statuses), default=0)
        states = max((len(state_word(status.state)) for status in self.statuses), default=0)
        health = max((len(health_word(status)) for status in self.statuses), default=0)
        columns = [
            Column("SERVICE", min(max(longest, _NARROWEST_NAME if not managed else 8), _WIDEST_NAME)),
            Column("STATE", max(8, states)),
            Column("PID", 7, right=True),
            Column("UP", 6, right=True),
            Column("CPU", 5, right=True),
            Column("MEM", 6, right=True),
            Column("HEALTH", max(8, min(health, 22 if width >= 100 else 11))),
            Column("LAST LOG", 9, right=True),
            Column(_TREND, 11),
            Column("REC/min", 8, right=True),
            Column("ERR/min", 7, right=True),
            Column("LAG", 7, right=True),
        ]
        if not managed:
            return fitting([column for column in columns if column.title not in _OF_PROCESSES], width, gap), gap
        left = list(columns)
        for title in _DISPENSABLE:
            if sum(column.width + gap for column in left) - gap <= width:
                break
            left = [column for column in left if column.title != title]
        shown = fitting(left, width, gap)
        room = width - sum(column.width + gap for column in shown)
        return ([*shown, Column("WHY", room)] if room >= _NARROWEST_REASON else shown), gap

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return one line per service."""
        columns, gap = self.columns(width)
        titles = [column.title for column in columns]
        lines = []
        for row, status in enumerate(self.statuses):
            texts = self._texts(status)
            lines.append(Line(laid_out(columns, [texts[title] for title in titles], gap), row))
        return lines

    def _texts(self, status: ServiceStatus) -> dict[str, tuple[str, str | Style]]:
        name_style = Style(color=palette_of(self.app).service_color(status.service))
        silent = status.last_record_ns is None
        last = "never" if status.last_record_ns is None else age(status.last_record_ns, self._now_ns)
        up = "-" if status.uptime_s is None else compact_duration(status.uptime_s)
        cpu = "-" if status.cpu_percent is None else f"{status.cpu_percent:.0f} %"
        memory = "-" if status.memory_bytes is None else byte_size(status.memory_bytes)
        return {
            "SERVICE": (status.service, name_style),
            "STATE": (state_word(status.state), state_style(status)),
            "PID": ("-" if status.pid is None else str(status.pid), "soft" if status.pid else "dim"),
            "UP": (up, "soft" if status.uptime_s is not None else "dim"),
            "CPU": (cpu, "warning" if (status.cpu_percent or 0) >= 90 else "soft" if status.cpu_percent else "dim"),
            "MEM": (memory, "soft" if status.memory_bytes else "dim"),
            "HEALTH": (health_word(status), health_style(status)),
            "LAST LOG": (last, "dim" if silent else "bright"),
            _TREND: (sparkline(status.trend), "info" if any(status.trend) else "faint"),
            "REC/min": (_rate(status.records_per_min), "soft" if status.records_per_min else "dim"),
            "ERR/min": (_rate(status.errors_per_min), "error" if status.errors_per_min else "dim"),
            "WHY": (status.reason, "soft" if status.is_down else "dim"),
            "LAG": (byte_size(status.lag_bytes) if status.lag_bytes else "-", "soft" if status.lag_bytes else "dim"),
        }


def _rate(per_minute: float) -> str:
    """Return a rate in few characters: ``0``, ``0.4``, ``23``, ``1,204``."""
    if per_minute == 0:
        return "0"
    return f"{per_minute:.1f}" if per_minute < 9.95 else f"{per_minute:,.0f}"
