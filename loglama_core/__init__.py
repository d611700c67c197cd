"""Collects the logs of every service exactly once into one store, and answers questions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglama_core.store.store import Store, open_store

    __version__: str

__all__ = ["Store", "__version__", "open_store"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: importing the package costs nothing."""
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("loglama")
        except PackageNotFoundError:  # run from a copy of its sources
            return "not installed"
    if name in __all__:
        from loglama_core.store import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
