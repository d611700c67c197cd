"""What a container engine, a supervisor or syslog put before a line: where that line comes from."""

from __future__ import annotations

from typing import Any, NamedTuple


class Envelope(NamedTuple):
    """The service and the fields that were said of a line beside its time. Lines of one origin have equal ones."""

    service: str | None
    fields: dict[str, Any]
