"""What is kept of bytes that must be recognised later: the bytes themselves, or, where logs are redacted, their hash.

The store keeps the first bytes of every source and those before its offset, to know its file again. They are log text,
so where secrets are replaced these bytes must not stand in the store either. Imports nothing of LogLama.
"""

from __future__ import annotations

import hashlib

_HIDDEN = b"\xff\x00hidden"  # no text begins so: neither UTF-8 nor UTF-16
_LENGTH_BYTES = 4
_HASH_BYTES = 16
_HIDDEN_LENGTH = len(_HIDDEN) + _LENGTH_BYTES + _HASH_BYTES


def is_hidden(marker: bytes) -> bool:
    """Whether a marker is a hash: it can be compared, but not be extended."""
    return len(marker) == _HIDDEN_LENGTH and marker.startswith(_HIDDEN)


def hidden(marker: bytes) -> bytes:
    """Return the hash that stands for a marker; an empty one stays empty."""
    if not marker or is_hidden(marker):
        return marker
    return _HIDDEN + len(marker).to_bytes(_LENGTH_BYTES, "big") + _hash(marker)


def marked_length(marker: bytes) -> int:
    """Return the number of bytes that a marker stands for."""
    if not is_hidden(marker):
        return len(marker)
    return int.from_bytes(marker[len(_HIDDEN) : len(_HIDDEN) + _LENGTH_BYTES], "big")


def marks(marker: bytes, content: bytes) -> bool:
    """Whether a marker stands for exactly this content."""
    if not is_hidden(marker):
        return marker == content
    return len(content) == marked_length(marker) and _hash(content) == marker[-_HASH_BYTES:]


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HASH_BYTES).digest()
