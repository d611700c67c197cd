"""The decoders of compressed files behind one interface, chosen by a file's first bytes."""

from __future__ import annotations

import bz2
import lzma
import zlib
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from loglama_core.errors import SourceError

MAGIC_BYTES = 6
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_BZIP2_BLOCK = b"1AY&SY"
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_MEMORY_LIMIT = 128 << 20
"""What an xz file may ask for: `xz -9` needs 65 MiB to decompress, a hostile header asks for gigabytes."""
_MOST_UNCHECKED = 4 << 20
"""A block of bzip2 holds 900 kB, or fifty times that if a few bytes are repeated in it: that much is not kept back."""
_BUFFER_BYTES = 32 << 10
"""The decoders' buffers grow in multiples of it."""
_ZSTD_INPUT_BYTES = 256
"""Its decoder takes no limit for what comes out; four bytes can hold 128 KiB, so at most 8 MiB come out at once."""


class DamagedError(Exception):
    """The compressed bytes cannot be decoded; never leaves the sources."""


class Decoder(Protocol):
    """Decompresses one member of a file."""

    needs_input: bool
    """Whether nothing more comes out without new input."""
    unused: bytes | None
    """What was given past the member's end; ``None`` before the end is reached."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return what comes out, at most about ``max_length`` bytes. Raises ``DamagedError``."""


def new_decoder(begin: bytes) -> Decoder | None:
    """Return a decoder for a member that begins so, ``None`` if no known one does."""
    if begin.startswith(_GZIP):
        return _GzipDecoder()
    if begin.startswith(_BZIP2):
        return _BlockDecoder(bz2.BZ2Decompressor())
    if begin.startswith(_XZ):
        return _BlockDecoder(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY_LIMIT))
    if begin.startswith(_ZSTD) and find_spec("zstandard") is not None:
        return _ZstdDecoder()
    return None


def require_support(path: str, begin: bytes) -> None:
    """Raise ``SourceError`` if a file that begins so can only be read with an extra that is not installed."""
    if begin.startswith(_ZSTD) and find_spec("zstandard") is None:
        msg = f"{path} is compressed with zstd, which needs an extra"
        raise SourceError(msg, "install it: pip install 'loglama[zstd]'")


def is_packed(begin: bytes) -> bool:
    """Tell whether a file that begins so is compressed in one of the known ways."""
    return begin.startswith((_GZIP, _XZ, _ZSTD)) or (begin.startswith(_BZIP2) and begin[4:10] == _BZIP2_BLOCK)


def is_archive(begin: bytes) -> bool:
    """Tell whether the first bytes that came out of a file are those of another archive."""
    return is_packed(begin) or begin[_TAR_MARK_AT:].startswith(_TAR_MARK)


class _GzipDecoder:
    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self.needs_input = True
        self.unused: bytes | None = None

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            piece = self._decoder.decompress(self._decoder.unconsumed_tail + data, max_length)
        except zlib.error as error:
            raise DamagedError(str(error)) from error
        # A full piece may have left more inside the decoder, with all its input consumed.
        self.needs_input = not self._decoder.unconsumed_tail and len(piece) < max_length
        if self._decoder.eof:
            self.unused = self._decoder.unused_data
        return piece


class _BlockDecoder:
    """bzip2 and xz: the standard library's two classes have one interface.

    What comes out is kept back until the decoder wants more input. It checks a block of bzip2 only once all of it is
    out: of damaged files one in a hundred gave up to 100 kB of noise, stored as lines before the damage was known.
    """

    def __init__(self, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._decoder = decoder
        self._unchecked = bytearray()
        self.needs_input = True
        self.unused: bytes | None = None

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            piece = self._decoder.decompress(data, max_length)
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise DamagedError(str(error)) from error
        self.needs_input = self._decoder.needs_input
        if self._decoder.eof:
            self.unused = self._decoder.unused_data
        self._unchecked += piece
        # It also ends a piece when its buffer is full and the input at its end, and says that it wants more.
        is_full = piece and len(piece) % _BUFFER_BYTES == 0
        if is_full and not self._decoder.eof and len(self._unchecked) < _MOST_UNCHECKED:
            return b""
        checked, self._unchecked = bytes(self._unchecked), bytearray()
        return checked


class _ZstdDecoder:
    def __init__(self) -> None:
        self._library: Any = import_module("zstandard")  # an extra
        self._decoder = self._library.ZstdDecompressor().decompressobj()
        self._input = b""
        self.needs_input = True
        self.unused: bytes | None = None

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._input += data
        piece = bytearray()
        while self._input and len(piece) < max_length and self.unused is None:
            given, self._input = self._input[:_ZSTD_INPUT_BYTES], self._input[_ZSTD_INPUT_BYTES:]
            try:
                piece += self._decoder.decompress(given)
            except self._library.ZstdError as error:
                raise DamagedError(str(error)) from error
            if self._decoder.eof:
                self.unused = self._decoder.unused_data + self._input
        self.needs_input = not self._input
        return bytes(piece)
