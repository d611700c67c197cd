"""What the checks of a service came to: its environment and what it requires; only what fails is spelled out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loglama_tui.display_safe import display_safe
from loglama_tui.widgets.cell_wrap import wrap_pieces
from loglama_tui.widgets.cursor_lines import Line, Piece

if TYPE_CHECKING:
    from loglama_core.ecosystem.service_report import ServiceVerdicts


def verdict_lines(verdicts: ServiceVerdicts, width: int) -> Iterator[Line]:
    """Yield the verdicts, nothing for a service that declares neither variables nor requirements."""
    if verdicts.variables or verdicts.problems:
        count = len(verdicts.problems)
        fine = f"{verdicts.variables} variable{'' if verdicts.variables == 1 else 's'}, all as declared"
        word: Piece = (f"{count} to mend", "error") if count else (fine, "good")
        yield Line((("ENVIRONMENT   ", "section"), word))
        for problem in verdicts.problems:
            yield from _wrapped([("  ", "dim"), (display_safe(problem.problem), "bright")], width)
            yield from _wrapped([("    → ", "accent"), (display_safe(problem.remedy), "soft")], width)
    if verdicts.requirements:
        failed = [one for one in verdicts.requirements if one.failed]
        fine = f"{len(verdicts.requirements)} required, all there"
        word = (f"{len(failed)} of {len(verdicts.requirements)} not there", "error") if failed else (fine, "good")
        yield Line((("REQUIREMENTS  ", "section"), word))
        for one in failed:
            installed = f", {one.installed} is there" if one.installed else ""
            required = one.required if one.name in one.required else f"{one.name} {one.required}"
            pieces: list[Piece] = [(f"  {one.status}  ", "error"), (display_safe(required), "bright")]
            yield from _wrapped([*pieces, (display_safe(installed), "soft")], width)
        if failed:
            yield from _wrapped([("    → ", "accent"), (display_safe(failed[0].remedy), "soft")], width)


def _wrapped(pieces: list[Piece], width: int) -> Iterator[Line]:
    for line in wrap_pieces(pieces, width):
        yield Line(line)
