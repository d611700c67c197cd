"""What to say when a name is not one of those that are known."""

from __future__ import annotations

from collections.abc import Collection


def nearest_hint(name: str, known: Collection[str]) -> str:
    """Return a hint that names the known name closest to ``name``, or all of them when none is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(known)}" if known else "nothing is known here"
