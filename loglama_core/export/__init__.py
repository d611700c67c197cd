"""Taking records out: as JSON lines, CSV, or a store of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglama_core.export.record_file import export_records

__all__ = ["export_records"]


def __getattr__(name: str) -> Any:
    """Import the public name when it is first used: the forms of a record cost less than writing files of them."""
    if name in __all__:
        from loglama_core.export.record_file import export_records

        return export_records
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
