"""In which order services start: a service after everything it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def find_cycle(depends_on: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Return names that depend on each other in a circle, the first again at the end; ``None`` if there are none."""
    done: set[str] = set()
    for start in depends_on:
        path: list[str] = []
        waiting = [(start, iter(depends_on[start]))]
        while waiting:
            name, others = waiting[-1]
            if len(path) < len(waiting):
                path.append(name)
            following = next((other for other in others if other not in done), None)
            if following is None:
                done.add(path.pop())
                waiting.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            else:
                waiting.append((following, iter(depends_on[following])))
    return None


def tiers(depends_on: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the names in tiers: those of one tier depend only on earlier ones. There must be no cycle.

    Names that are depended on but not keys of the mapping count as there already.
    """
    left = {name: {other for other in others if other in depends_on} for name, others in depends_on.items()}
    ordered: list[list[str]] = []
    while left:
        tier = [name for name, others in left.items() if not others & left.keys()]
        if not tier:
            raise ValueError(left)
        ordered.append(tier)
        for name in tier:
            del left[name]
    return ordered


def with_dependencies(names: Iterable[str], depends_on: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names and everything they depend on, however far."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(depends_on.get(name, ()))
    return found


def with_dependents(names: Iterable[str], depends_on: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names and everything that depends on them, however far."""
    reverse: dict[str, list[str]] = {name: [] for name in depends_on}
    for name, others in depends_on.items():
        for other in others:
            reverse.setdefault(other, []).append(name)
    return with_dependencies(names, reverse)
