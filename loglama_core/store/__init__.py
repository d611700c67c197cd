"""The store: one SQLite file that holds every record, and all the SQL there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglama_core.store.store import Store, open_store

__all__ = ["Store", "open_store"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: whoever needs one module of the store pays for that one."""
    if name in __all__:
        from loglama_core.store import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
