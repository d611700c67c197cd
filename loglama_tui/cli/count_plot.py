"""Counts drawn as bars: one per group, or one per step of time with the groups stacked in it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from loglama_tui.cli.pretty_record import level_bar_sgr, paint, service_sgr
from loglama_tui.cli.row_format import shown_cell

_EIGHTHS = " ▏▎▍▌▋▊▉"
_SHORTEST_BAR = 10

Row = Mapping[str, object]


def plot_groups(rows: Sequence[Row], keys: Sequence[str], *, color: bool) -> str:
    """Return one bar per row, the longest as wide as the terminal allows."""
    names = [_group_name(row, keys) for row in rows]
    return _bars(names, [[(int(str(row["count"])), _group_sgr(row, keys))] for row in rows], color=color)


def plot_over_time(rows: Sequence[Row], keys: Sequence[str], *, color: bool) -> str:
    """Return one bar per time among the rows, made of its groups in the order of the rows."""
    steps: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        steps.setdefault(str(row["time"]), []).append((int(str(row["count"])), _group_sgr(row, keys)))
    return _bars(list(steps), list(steps.values()), color=color)


def _bars(names: Sequence[str], stacks: Sequence[Sequence[tuple[int, str]]], *, color: bool) -> str:
    totals = [sum(count for count, _ in stack) for stack in stacks]
    name_width = max(map(len, names))
    total_width = max(len(f"{total:,}") for total in totals)
    columns = shutil.get_terminal_size().columns
    width = max(_SHORTEST_BAR, columns - name_width - total_width - 5)
    scale = width / max(totals)
    lines = []
    for name, stack, total in zip(names, stacks, totals, strict=True):
        bar = _stacked(stack, scale, color=color) if color else _bar(total * scale)
        lines.append(f"{name:<{name_width}}  {total:>{total_width},}  {bar}".rstrip() + "\n")
    return "".join(lines)


def _bar(length: float) -> str:
    """Return a bar of ``length`` cells; what is not zero is never invisible."""
    eighths = max(1, round(length * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _stacked(stack: Sequence[tuple[int, str]], scale: float, *, color: bool) -> str:
    """Return the parts in whole cells, so that their colours meet; a part with records has at least one."""
    return "".join(paint("█" * max(1, round(count * scale)), sgr, color=color) for count, sgr in stack if count)


def _group_name(row: Row, keys: Sequence[str]) -> str:
    return "  ".join(shown_cell(row[key]) for key in keys)


def _group_sgr(row: Row, keys: Sequence[str]) -> str:
    if "level" in keys:
        return level_bar_sgr(row["level"])
    return service_sgr(str(row["service"])) if "service" in keys else "94"
