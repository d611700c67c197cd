"""How to let go of the lines that widgets were drawn with, once they are removed."""

from __future__ import annotations

from textual._styles_cache import StylesCache


def forget_removed() -> None:
    """Let go of the lines of every widget that was removed; those that are shown keep theirs.

    Textual 8.2 has no other way: its cache of colours holds the line caches of the last 1,024 widgets: 80 MB.
    """
    StylesCache.get_inner_outer.cache_clear()
