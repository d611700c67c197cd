"""A step of a search, and what is remembered of searches from run to run."""

from __future__ import annotations

from typing import NamedTuple

from loglama_tui.explorer_state import ExplorerState
from loglama_tui.panes.time_span import TimeSpan


class SearchStep(NamedTuple):
    """A query and the stretch of time it looks at."""

    text: str
    span: TimeSpan


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
