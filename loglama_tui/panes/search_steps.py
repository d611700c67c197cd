"""The way a search was narrowed, step by step, so that each step can be taken back."""

from __future__ import annotations

from typing import NamedTuple

from loglama_tui.explorer_state import ExplorerState
from loglama_tui.panes.time_span import TimeSpan

_MOST_STEPS = 200


class SearchStep(NamedTuple):
    """A query and the stretch of time it looks at."""

    text: str
    span: TimeSpan


class SearchSteps:
    """Where a search stands and where it came from. A text that is being typed is one step, however often it runs."""

    def __init__(self, first: SearchStep) -> None:
        self._steps = [first]
        self._undone: list[SearchStep] = []
        self._typing = False

    @property
    def now(self) -> SearchStep:
        """The step shown."""
        return self._steps[-1]

    def go(self, step: SearchStep, *, typing: bool = False) -> bool:
        """Come to a step; tells whether it is another one."""
        changed = step != self.now
        if changed:
            self._undone.clear()
            if typing and self._typing:
                self._steps[-1] = step
            else:
                self._steps.append(step)
                del self._steps[:-_MOST_STEPS]
        self._typing = typing
        return changed

    def back(self) -> SearchStep | None:
        """Take the last step back; ``None`` at the first one."""
        if len(self._steps) < 2:
            return None
        self._undone.append(self._steps.pop())
        self._typing = False
        return self.now

    def forward(self) -> SearchStep | None:
        """Take again the step that was taken back last; ``None`` when there is none."""
        if not self._undone:
            return None
        self._steps.append(self._undone.pop())
        return self.now


QUERIES = "search.queries"
"""Under this name the explorer remembers the queries asked, the last one first."""
_STEP = "search.step"
_MOST_QUERIES = 200


def remembered_queries(state: ExplorerState) -> list[str]:
    """Return the queries asked in earlier runs."""
    queries = state.get(QUERIES, [])
    return [query for query in queries if isinstance(query, str)][:_MOST_QUERIES] if isinstance(queries, list) else []


def remembered_step(state: ExplorerState) -> SearchStep:
    """Return where the search of the last run stood."""
    match state.get(_STEP):
        case {"query": str(text), "last_s": int() | None as last_s}:
            return SearchStep(text, TimeSpan(last_s))
    return SearchStep("", TimeSpan())


def remember_step(state: ExplorerState, step: SearchStep) -> None:
    """Let the next run begin where this one stands, but not zoomed into the past: new logs would look lost."""
    state.put(_STEP, {"query": step.text, "last_s": step.span.last_s})
