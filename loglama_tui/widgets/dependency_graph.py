"""What a service depends on, and what that depends on, as a small tree; and who depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from loglama_core.model import ServiceStatus
from loglama_tui.display_safe import display_safe
from loglama_tui.widgets.cell_wrap import wrap_pieces
from loglama_tui.widgets.cursor_lines import Line, Piece
from loglama_tui.widgets.service_states import state_style, state_word

_DEEPEST = 12


def dependency_lines(status: ServiceStatus, statuses: Sequence[ServiceStatus], width: int) -> Iterator[Line]:
    """Yield the tree, each service with its state, and a line of those that need this one; nothing if it is alone.

    A service that stands in the tree already is named again, what it needs is not.
    """
    by_name = {one.service: one for one in statuses}
    needed_by = [one for one in statuses if status.service in one.depends_on]
    if status.depends_on:
        yield Line((("NEEDS", "section"),))
        yield from _below(status, by_name, "", {status.service}, 0)
    if needed_by:
        pieces: list[Piece] = [("NEEDED BY  ", "section")]
        for one in needed_by:
            pieces += [(f"{display_safe(one.service)} ", "bright"), (f"{state_word(one.state)}   ", state_style(one))]
        for line in wrap_pieces(pieces, width):
            yield Line(line)


def _below(
    status: ServiceStatus, by_name: Mapping[str, ServiceStatus], margin: str, seen: set[str], depth: int
) -> Iterator[Line]:
    for index, name in enumerate(status.depends_on):
        is_last = index == len(status.depends_on) - 1
        branch, further = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        other = by_name.get(name)
        pieces: list[Piece] = [(f"  {margin}{branch}", "faint"), (display_safe(name), "bright")]
        if other is not None:
            pieces.append((f"  {state_word(other.state)}", state_style(other)))
        known = name in seen
        if known and other is not None and other.depends_on:
            pieces.append(("  (as above)", "faint"))
        yield Line(tuple(pieces))
        seen.add(name)
        if other is not None and not known and depth < _DEEPEST:
            yield from _below(other, by_name, margin + further, seen, depth + 1)
