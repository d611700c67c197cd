"""One thing that happens in the made-up ecosystem, before any service has put it into its own log format."""

from __future__ import annotations

from typing import Any, NamedTuple


class DemoEvent(NamedTuple):
    """What a service has to say.

    ``time_ns``: UTC nanoseconds since 1970. ``level``: one of ``loglama_core.model.LEVEL_NAMES``. ``fields``: values
    of JSON types. ``exception``: a Python traceback of several lines, without a final newline, or ``None``.
    """

    time_ns: int
    service: str
    level: str
    logger: str
    message: str
    fields: dict[str, Any]
    exception: str | None = None
