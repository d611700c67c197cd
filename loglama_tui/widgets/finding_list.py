"""Findings as lines: verdict, group, summary, and the way to mend it; enter opens what a finding is based on."""

from __future__ import annotations

from collections import Counter
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

_Key = tuple[str, str, int]
"""By which a finding is known again when the checks are run anew: check, service, and which of several alike."""


class FindingList(CursorLines):
    """The findings last given to ``show``: what fails, what is doubtful, what is well, a blank line between."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.findings: list[Finding] = []
        self._keys: list[_Key] = []
        self._opened: set[_Key] = set()
        self._previewed: _Key | None = None

    def show(self, findings: Iterable[Finding]) -> None:
        """Show findings, the worst first; cursor and opened evidence stay with the findings they were at."""
        at = self._keys[self.cursor] if self.cursor is not None and self.cursor < len(self._keys) else None
        self.findings = sorted(
            findings, key=lambda finding: (_WORST_FIRST.index(finding.status), GROUPS.index(finding.group))
        )
        seen: Counter[tuple[str, str]] = Counter()
        self._keys = []
        for finding in self.findings:
            alike = finding.check, finding.service
            self._keys.append((*alike, seen[alike]))
            seen[alike] += 1
        self._opened &= set(self._keys)
        if self._previewed is not None and (
            self._previewed not in self._keys or self.findings[self._keys.index(self._previewed)].fix is None
        ):
            self._previewed = None
        if at in self._keys:
            self.cursor = self._keys.index(at)
        else:
            self.cursor = min(self.cursor or 0, len(self.findings) - 1) if self.findings else None
        self.rebuild()

    @property
    def selected(self) -> Finding | None:
        """The finding under the cursor."""
        return None if self.cursor is None or not self.findings else self.findings[self.cursor]

    @property
    def previewed(self) -> Finding | None:
        """The finding whose fix is shown, ready to be made."""
        return None if self._previewed is None else self.findings[self._keys.index(self._previewed)]

    def toggle_evidence(self) -> None:
        """Open or close what the finding under the cursor is based on."""
        if self.cursor is None or not self.findings:
            return
        self._opened ^= {self._keys[self.cursor]}
        self.rebuild()
        self.show_row(self.cursor)

    def preview_fix(self, finding: Finding | None) -> None:
        """Show below a finding what its fix will do; ``None`` takes the preview away."""
        self._previewed = None if finding is None else self._keys[self.findings.index(finding)]
        self.rebuild()
        if self.cursor is not None:
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
        if finding.fix is not None:
            remedy += [("   ", "dim"), ("f", "accent"), (" fix", "dim")]
        summary: list[Piece] = [(display_safe(finding.summary), "soft" if is_well else "bright")]
        length = sum(len(text) for text, _ in [*summary, *remedy]) + 3
        if remedy and length <= room:
            yield Line((*head, *summary, ("   ", "dim"), *remedy), row)
        else:
            yield from _below(head, wrap_pieces(summary, room), indent, row)
            if remedy:
                yield from _below([(" " * indent, "dim")], wrap_pieces(remedy, room), indent, row)
        if self._keys[row] in self._opened:
            for text in finding.evidence or ("nothing more is known",):
                pieces = wrap_pieces([(display_safe(text), "dim")], room - 2)
                yield from _below([(" " * indent + "│ ", "bar")], pieces, indent, row, mark="│ ")
        if self._keys[row] == self._previewed and finding.fix is not None:
            for step in finding.fix.preview:
                pieces = wrap_pieces([(display_safe(step), "bright")], room - 2)
                yield from _below([(" " * indent + "▸ ", "accent")], pieces, indent, row, mark="  ")
            ask: list[Piece] = [("f", "accent"), (" once more makes this change, ", "dim"), ("escape", "accent")]
            yield Line(((" " * indent + "  ", "dim"), *ask, (" leaves it", "dim")), row)


def _below(
    head: list[Piece], parts: Sequence[tuple[Piece, ...]], indent: int, row: int, mark: str = ""
) -> Iterable[Line]:
    """Yield the parts of a text one below the other, the first after ``head``, the others under it."""
    for index, part in enumerate(parts):
        start = head if index == 0 else [(" " * indent + mark, "bar")]
        yield Line((*start, *part), row)
