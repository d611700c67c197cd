"""One service up close: why it is in its state, what it needs and lacks, its sources, its latest lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from loglama_core.amounts import age, byte_size
from loglama_core.model import LogRecord, ServiceState, ServiceStatus, SourceCondition, SourceState
from loglama_core.store.record_reader import Gap
from loglama_tui.display_safe import display_safe
from loglama_tui.source_path import source_from
from loglama_tui.theme import palette_of
from loglama_tui.widgets.cell_wrap import wrap_pieces
from loglama_tui.widgets.cursor_lines import BLANK, CursorLines, Line, Piece
from loglama_tui.widgets.dependency_graph import dependency_lines
from loglama_tui.widgets.moment import DAY, day_form, days_of
from loglama_tui.widgets.record_line import LineLayout, LineStyles, record_line
from loglama_tui.widgets.service_states import state_style
from loglama_tui.widgets.table_columns import Column, fitting, laid_out
from loglama_tui.widgets.verdict_lines import verdict_lines

if TYPE_CHECKING:
    from loglama_core.ecosystem.service_report import ServiceVerdicts

_NARROWEST_PATH = 16
_TWO_COLUMNS = 150
"""From this width on the sources stand beside what the service needs."""
_BETWEEN = 3
_GAPS_SHOWN = 3


@dataclass(slots=True, frozen=True)
class ServiceFacts:
    """What is shown of a service. ``sources`` and ``latest`` (newest first) are ``None`` until they have been read.

    ``statuses``: of all services, for the tree of dependencies; ``verdicts``: ``None`` until the checks have run;
    ``gaps``: of its sources, the newest first.
    """

    status: ServiceStatus
    now_ns: int
    sources: Sequence[SourceState] | None = None
    latest: Sequence[LogRecord] | None = None
    statuses: Sequence[ServiceStatus] = ()
    verdicts: ServiceVerdicts | None = None
    gaps: Sequence[Gap] = ()


class ServiceDetail(CursorLines):
    """The service last given to ``show``; it scrolls, there is nothing in it to choose."""

    def __init__(self, folder: Path, zone: tzinfo | None = None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._folder = folder
        self._time_zone = zone
        self._facts: ServiceFacts | None = None

    def show(self, facts: ServiceFacts | None) -> None:
        """Show a service; another one begins at its top."""
        before = self._facts
        self._facts = facts
        if facts is not None and before is not None and before.status.service != facts.status.service:
            self.scroll_to(y=0, animate=False)
        self.rebuild()

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return state, sources and latest lines."""
        facts = self._facts
        if facts is None:
            return []
        status = facts.status
        title: list[Piece] = [(display_safe(status.service), "strong")]
        if status.state is not ServiceState.UNKNOWN:
            title.append((f"  {status.state}", state_style(status)))
        title.append((f"  {display_safe(status.reason)}", "soft" if status.is_down else "dim"))
        if status.restarts:
            title.append((f"  {status.restarts} restart{'' if status.restarts == 1 else 's'}", "warning"))
        lines = [Line(pieces) for pieces in wrap_pieces(title, width)]
        left = width * 2 // 5 if width >= _TWO_COLUMNS else width
        needs: list[Line] = []
        for part in (dependency_lines(status, facts.statuses, left), self._verdicts(facts, left)):
            found = list(part)
            needs += [BLANK, *found] if found else []
        if needs and left < width:
            sources = self._source_lines(facts, width - left - _BETWEEN)
            lines += [BLANK, *_beside(needs[1:], list(sources), left + _BETWEEN)]
        else:
            lines += [*needs, BLANK, *self._source_lines(facts, width)]
        lines += [BLANK, *self._latest_lines(facts, width)]
        return lines

    @staticmethod
    def _verdicts(facts: ServiceFacts, width: int) -> Iterable[Line]:
        return () if facts.verdicts is None else verdict_lines(facts.verdicts, width)

    def _source_lines(self, facts: ServiceFacts, width: int) -> Iterable[Line]:
        sources = facts.sources
        if not sources:
            word = "being read …" if sources is None else "none: no file of this service has been seen"
            yield Line((("SOURCES  ", "section"), (word, "dim")))
            return
        paths = [source_from(self._folder, source.path) for source in sources]
        columns = [
            Column("STATE", 8),
            Column("FORMAT", 9),
            Column("RECORDS", 10, right=True),
            Column("LAST LOG", 9, right=True),
            Column("LAG", 7, right=True),
        ]
        room = max(_NARROWEST_PATH, width - sum(column.width + 2 for column in columns))
        path_column = Column("SOURCES", min(room, max(_NARROWEST_PATH, *(len(path) for path in paths))))
        shown = fitting([path_column, *columns], width, 2)
        yield Line(tuple((text, "section") for text, _ in laid_out(shown, [(c.title, "") for c in shown], 2)))
        for source, path in zip(sources, paths, strict=True):
            yield Line(laid_out(shown, _source_texts(source, path, facts.now_ns), 2))
            yield from _trouble_lines(source, [gap for gap in facts.gaps if gap.source == source.lineage], width)

    def _latest_lines(self, facts: ServiceFacts, width: int) -> Iterable[Line]:
        if not facts.latest:
            word = "being read …" if facts.latest is None else "none yet"
            yield Line((("LATEST  ", "section"), (word, "dim")))
            return
        yield Line((("LATEST  ", "section"), ("newest first", "dim")))
        today, *days = days_of([facts.now_ns, *(record.time_ns for record in facts.latest)], self._time_zone)
        dated = day_form(days, today) or DAY
        layout = LineLayout.for_width(width + 1, dated=dated, longest_service=0, zone=self._time_zone)
        layout = replace(layout, service_width=0)
        styles = LineStyles(palette_of(self.app))
        for record in facts.latest:
            first, *rest = record_line(record, layout, styles)
            # The line begins with the blank where a log view has its cursor; here that place is drawn already.
            pieces = [(first.text[1:], first.style or ""), *((segment.text, segment.style or "") for segment in rest)]
            yield Line(tuple(pieces))


def _beside(left: Sequence[Line], right: Sequence[Line], column: int) -> Iterator[Line]:
    """Yield lines of both, those of the right from a column on."""
    for one, other in zip_longest(left, right, fillvalue=BLANK):
        gap = column - sum(cell_len(text) for text, _ in one.pieces)
        yield Line((*one.pieces, (" " * max(1, gap), "dim"), *other.pieces) if other.pieces else one.pieces)


def _source_texts(source: SourceState, path: str, now_ns: int) -> list[tuple[str, str]]:
    last = "never" if source.last_record_ns is None else age(source.last_record_ns, now_ns)
    failed = source.state == SourceCondition.FAILED
    return [
        (path, "bright"),
        (source.state, "error" if failed else "good" if source.state == SourceCondition.ACTIVE else "dim"),
        (source.format or "-", "soft" if source.format else "dim"),
        (f"{source.records:,}", "soft"),
        (last, "soft"),
        (byte_size(source.lag_bytes) if source.lag_bytes else "-", "soft" if source.lag_bytes else "dim"),
    ]


def _trouble_lines(source: SourceState, gaps: Sequence[Gap], width: int) -> Iterable[Line]:
    """Tell why it cannot be read and what was lost of it: in all, and each of the newest gaps."""
    told = [(("  error  ", "error"), (display_safe(source.error), "bright"))] if source.error else []
    if source.gap_bytes:
        words = f"{byte_size(source.gap_bytes)} were destroyed before they could be read"
        told.append((("  gap    ", "warning"), (words, "bright")))
    for gap in gaps[:_GAPS_SHOWN]:
        words = f"{gap.extent}: {display_safe(gap.reason)}"
        told.append((("  gap    ", "warning"), (words, "soft")))
    for pieces in told:
        for wrapped in wrap_pieces([*pieces], width):
            yield Line(wrapped)
