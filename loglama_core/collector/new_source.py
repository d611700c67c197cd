"""The state of a source of which nothing is stored yet."""

from __future__ import annotations

import time

from loglama_core.model import SourceCondition, SourceState


def new_source(  # noqa: PLR0913 - the parts of a source that differ
    path: str,
    kind: str,
    service: str,
    *,
    device: int,
    inode: int,
    lineage: str | None = None,
    part: str = "",
    format_name: str | None = None,
    size: int = 0,
) -> SourceState:
    """Return the state; ``lineage`` is the path unless something else names the source in its records."""
    now = time.time_ns()
    return SourceState(
        id=0,
        path=path,
        kind=kind,
        lineage=lineage or path,
        device=device,
        inode=inode,
        head=b"",
        tail=b"",
        offset=0,
        state=SourceCondition.ACTIVE,
        service=service,
        format=format_name,
        part=part,
        size=size,
        first_seen_ns=now,
        last_seen_ns=now,
    )
