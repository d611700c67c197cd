"""Time zones by the name a service declares."""

from __future__ import annotations

from datetime import UTC, tzinfo


def zone_named(name: str) -> tzinfo | None:
    """Return the zone; ``None`` for ``local``, the machine's.

    Raises ``zoneinfo.ZoneInfoNotFoundError`` for an unknown name.
    """
    if name == "local":
        return None
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
