"""A compressed log file, read as the stream of bytes it was made from, with bounded memory."""

from __future__ import annotations

import os

from loglama_core.model import SourceKind
from loglama_core.sources.batch_reader import BLOCK_BYTES, HEAD_BYTES
from loglama_core.sources.decompression import (
    MAGIC_BYTES,
    DamagedError,
    Decoder,
    is_archive,
    new_decoder,
    require_support,
)
from loglama_core.sources.log_file import LogFile

_INPUT_BYTES = 1 << 16
_OUTPUT_BYTES = 1 << 18
_KEPT_BEHIND = 2 * BLOCK_BYTES
"""A reader goes back to the start of the record it holds open, at most a block; from further back the file is
decompressed anew."""
BOMB_RATIO = 200
BOMB_BYTES = 256 << 20
"""A file that grows to more than both is refused: logs compress 5 to 50 times, 300 kB of gzip can hold 300 MiB."""


class CompressedFile(LogFile):
    """A gzip, bzip2, xz or zstd file (its first bytes say which), of one member or several.

    Offsets and lengths are those of the decompressed stream. ``trouble``: why decompressing stopped for good: the
    file is damaged, a bomb, or holds another archive. A file that is cut short is neither complete nor in trouble.
    """

    def __init__(self, descriptor: int, status: os.stat_result) -> None:
        super().__init__(descriptor, status)
        self._head = b""
        self._careful_from: int | None = None
        self._rewind()

    @classmethod
    def open(cls, path: str) -> CompressedFile:
        """Open ``path``; raises ``SourceError`` if it cannot be read, or needs an extra that is not installed."""
        file = super().open(path)
        try:
            require_support(path, os.pread(file.descriptor, MAGIC_BYTES, 0))
        except BaseException:
            file.close()
            raise
        return file

    def size(self) -> int:
        """Return the length of the decompressed stream.

        Until the end was reached, an estimate by what has been decompressed so far.
        """
        produced = self._start + len(self._window)
        if self._ended:
            return produced
        left = max(0, self.status().st_size - self._position)
        return produced + max(1, left * max(self._position, produced) // max(1, self._position))

    def extent(self, limit: int) -> int:
        """Return how many bytes can be read, counted up to ``limit``; decompresses as far."""
        self._decode(limit, limit)
        return min(limit, self._start + len(self._window))

    def read(self, length: int, offset: int) -> bytes:
        """Return up to ``length`` decompressed bytes from ``offset``; fewer only where the stream ends or breaks off.

        Going back more than a block starts decompressing anew.
        """
        if offset + length <= len(self._head):
            return self._head[offset : offset + length]
        if offset < self._start:
            self._rewind()
        self._decode(offset + length, offset)
        begin = offset - self._start
        return bytes(self._window[begin : begin + length])

    def read_until_damage(self, length: int, offset: int) -> tuple[bytes, OSError | None]:
        """Read as ``read`` does: damage to the stream is ``trouble``, and what precedes it is given."""
        return self.read(length, offset), None

    def _rewind(self) -> None:
        self._decoder: Decoder | None = None
        self._pending = b""
        self._position = 0
        self._window = bytearray()
        self._start = 0
        self._ended = False
        self.is_complete = False
        self.trouble = None

    def _decode(self, end: int, needed_from: int) -> None:
        """Decompress up to ``end``, letting go of what lies far before ``needed_from``."""
        while not self._ended and self._start + len(self._window) < end:
            try:
                self._window += self._next_piece()
            except DamagedError as error:
                self._stumble(error)
                continue
            surplus = min(needed_from - _KEPT_BEHIND - self._start, len(self._window))
            if surplus >= _OUTPUT_BYTES:
                del self._window[:surplus]
                self._start += surplus
            produced = self._start + len(self._window)
            if self._start == 0 and len(self._head) < HEAD_BYTES:
                self._head = bytes(self._window[:HEAD_BYTES])
                if is_archive(self._head):
                    self._window.clear()
                    self._end("it holds another archive; only the outermost is unpacked")
            if produced > BOMB_BYTES and produced > BOMB_RATIO * self._position:
                self._end(f"refused: {self._position:,} bytes unpack to more than {produced:,}, which no log does")

    def _next_piece(self) -> bytes:
        """Return the next bytes that come out, possibly none yet. Raises ``DamagedError``."""
        if self._decoder is None:
            return self._begin_member()
        data = b""
        if self._decoder.needs_input:
            data = self._next_input()
            if not data:
                self._ended = True  # cut short: it may still be growing
                return b""
        piece = self._decoder.decompress(data, _OUTPUT_BYTES)
        if self._decoder.unused is not None:
            self._pending = self._decoder.unused + self._pending
            self._decoder = None
        return piece

    def _begin_member(self) -> bytes:
        """Find the next member: the padding before it is zeros, and after the last there is nothing."""
        is_first = self._position == 0
        while len(self._pending) < MAGIC_BYTES and (block := self._next_block()):
            self._pending = (self._pending + block).lstrip(b"\0")
        self._pending = self._pending.lstrip(b"\0")
        if len(self._pending) >= MAGIC_BYTES:
            self._decoder = new_decoder(self._pending)
            if self._decoder is None:
                what = "it is not compressed as its name says" if is_first else "what follows is no archive"
                self._end(what if is_first else f"damaged after {self._start + len(self._window):,} bytes: {what}")
        else:
            self._ended = True
            self.is_complete = not self._pending and not is_first
        return b""

    def _next_input(self) -> bytes:
        """Return compressed bytes: as many as there are, or one by one where a replay nears the damage."""
        if not self._pending:
            self._pending = self._next_block()
        is_careful = self._careful_from is not None and self._position > self._careful_from
        count = 1 if is_careful else len(self._pending)
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def _next_block(self) -> bytes:
        block = os.pread(self.descriptor, _INPUT_BYTES, self._position)
        self._position += len(block)
        return block

    def _stumble(self, error: DamagedError) -> None:
        """Meet damage: a decoder that raises keeps back what it had, so the last block is decoded again, bytewise."""
        if self._careful_from is None:
            careful_from = (self._position - 1) // _INPUT_BYTES * _INPUT_BYTES
            self._rewind()
            self._careful_from = careful_from
        else:
            self._end(f"damaged after {self._start + len(self._window):,} bytes: {error}")

    def _end(self, trouble: str) -> None:
        self._ended = True
        self.trouble = trouble


def file_type(kind: str) -> type[LogFile]:
    """Return the class that reads the files of a source of ``kind``."""
    return CompressedFile if kind == SourceKind.COMPRESSED else LogFile
