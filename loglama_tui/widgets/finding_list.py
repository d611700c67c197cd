"""Findings as lines: verdict, group, summary, and the way to mend it; enter opens what a finding is based on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loglama_core.diagnostics.catalog import GROUPS
from loglama_core.model import Finding, FindingStatus
from loglama_tui.display_safe import display_safe
from loglama_tui.widgets.cell_wrap import wrap_pieces
from loglama_tui.widgets.cursor_lines import BLANK, CursorLines, Line, Piece

_WORDS = {
    FindingStatus.OK: ("OK", "good"),
    FindingStatus.WARN: ("WARN", "warning"),
    FindingStatus.FAIL: ("FAIL", "failure"),
}
_WORST_FIRST = (FindingStatus.FAIL, FindingStatus.WARN, FindingStatus.OK)
_WORD_WIDTH = 6
_GROUP_WIDTH = max(map(len, GROUPS)) + 2


class FindingList(CursorLines):
    """The findings last given to ``show``: what fails, what is doubtful, what is well, a blank line between."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.findings: list[Finding] = []
        self._opened: set[Finding] = set()

    def show(self, findings: Iterable[Finding]) -> None:
        """Show findings, the worst first; evidence that was open stays open where the finding is the same."""
        self.findings = sorted(
            findings, key=lambda finding: (_WORST_FIRST.index(finding.status), GROUPS.index(finding.group))
        )
        self._opened &= set(self.findings)
        self.cursor = min(self.cursor or 0, len(self.findings) - 1) if self.findings else None
        self.rebuild()

    def toggle_evidence(self) -> None:
        """Open or close what the finding under the cursor is based on."""
        if self.cursor is None:
            return
        finding = self.findings[self.cursor]
        self._opened ^= {finding}
        self.rebuild()
        self.show_row(self.cursor)

    def build_lines(self, width: int) -> Sequence[Line]:
        """Return the findings, each with its remedy and, where opened, its evidence."""
        lines: list[Line] = []
        for row, finding in enumerate(self.findings):
            if row and finding.status is not self.findings[row - 1].status:
                lines.append(BLANK)
            lines += self._finding_lines(finding, row, width)
        return lines

    def _finding_lines(self, finding: Finding, row: int, width: int) -> Iterable[Line]:
        word, style = _WORDS[finding.status]
        is_well = finding.status is FindingStatus.OK
        head: list[Piece] = [(word.ljust(_WORD_WIDTH), style), (finding.group.ljust(_GROUP_WIDTH), "dim")]
        indent = _WORD_WIDTH + _GROUP_WIDTH
        room = max(10, width - indent)
        remedy: list[Piece] = [("→ ", "accent"), (display_safe(finding.remedy), "soft")] if finding.remedy else []
        summary: list[Piece] = [(display_safe(finding.summary), "soft" if is_well else "bright")]
        length = sum(len(text) for text, _ in [*summary, *remedy]) + 3
        if remedy and length <= room:
            yield Line((*head, *summary, ("   ", "dim"), *remedy), row)
        else:
            yield from _below(head, wrap_pieces(summary, room), indent, row)
            if remedy:
                yield from _below([(" " * indent, "dim")], wrap_pieces(remedy, room), indent, row)
        if finding in self._opened:
            for text in finding.evidence or ("nothing more is known",):
                pieces = wrap_pieces([(display_safe(text), "dim")], room - 2)
                yield from _below([(" " * indent + "│ ", "bar")], pieces, indent, row, mark="│ ")


def _below(
    head: list[Piece], parts: Sequence[tuple[Piece, ...]], indent: int, row: int, mark: str = ""
) -> Iterable[Line]:
    """Yield the parts of a text one below the other, the first after ``head``, the others under it."""
    for index, part in enumerate(parts):
        start = head if index == 0 else [(" " * indent + mark, "bar")]
        yield Line((*start, *part), row)
