"""Bytes of a line -> text that SQLite and every reader can hold: no NUL, no lone surrogate, nothing lost."""

from __future__ import annotations

import re

from loglama_core.model import RecordFlag

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
RECORD_SEPARATOR = b"\x1e"
"""Begins each record of a JSON text sequence (RFC 7464), as Twisted and ``journalctl -o json-seq`` write them."""
_BYTES_REPLACED = int(RecordFlag.BYTES_REPLACED)
_CSI = r"\x1b\[[0-?]*[ -/]*[@-~]"
_RESETS = frozenset(("\x1b[0m", "\x1b[m"))
_LONE_SURROGATE = "[\ud800-\udfff]"


def decode_line(line: bytes) -> tuple[str, int]:
    r"""Return the text of ``line`` and the flags it earned: bytes that are not UTF-8 become ``\xNN``."""
    flags = 0
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("utf-8", "backslashreplace")
        flags = _BYTES_REPLACED
    if "\0" in text:
        # SQLite's length, LIKE and instr stop at a NUL.
        return text.replace("\0", "\\x00"), _BYTES_REPLACED
    return text, flags


def clean_text(text: str) -> tuple[str, int]:
    r"""Return ``text`` without NUL and lone surrogates, and the flags that earned.

    ``\udc80`` to ``\udcff`` stand for the undecodable bytes ``\x80`` to ``\xff`` (``surrogateescape``).
    """
    flags = 0
    if not text.isascii() and re.search(_LONE_SURROGATE, text):
        text = re.sub(_LONE_SURROGATE, _spell_surrogate, text)
        flags = _BYTES_REPLACED
    if "\0" in text:
        return text.replace("\0", "\\x00"), _BYTES_REPLACED
    return text, flags


def _spell_surrogate(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


class LineTidying:
    """Makes the lines of one source UTF-8 without byte order mark, record separator and carriage return."""

    def __init__(self) -> None:
        self._big_endian = False

    def tidy(self, line: bytes, offset: int) -> bytes:
        """Return a line that begins at ``offset`` of the source."""
        if offset == 0:
            self._big_endian = line.startswith(b"\xfe\xff")
            line = strip_byte_order_mark(line)
        if line.find(b"\0") >= 0:
            line = from_utf16(line, big_endian=self._big_endian)
        return line.removeprefix(RECORD_SEPARATOR).removesuffix(b"\r")


def strip_byte_order_mark(line: bytes) -> bytes:
    """Return the first line of a source without a UTF-8 or UTF-16 byte order mark."""
    for mark in BYTE_ORDER_MARKS:
        if line.startswith(mark):
            return line[len(mark) :]
    return line


def from_utf16(line: bytes, *, big_endian: bool) -> bytes:
    """Return a line of UTF-16 as UTF-8, any other line as it is.

    Text of mostly ASCII has a NUL in every second byte, so a source need not be read from its byte order mark on. A
    line cut at the byte 0x0A begins (little-endian) or ends (big-endian) with the other byte of a newline.
    """
    nuls = line.count(0)
    if nuls * 3 < len(line):
        return line
    if nuls == len(line):
        return b"" if nuls <= 3 else line
    body = line
    if len(line) % 2:
        body = line[:-1] if big_endian else line[1:]
    high = body[::2] if big_endian else body[1::2]
    if high.count(0) * 2 < len(high):
        return line
    try:
        return body.decode("utf-16-be" if big_endian else "utf-16-le").encode()
    except UnicodeError:
        return line


def strip_escapes(text: str) -> str:
    """Return ``text`` without terminal control sequences (``ESC [ …``), as patterns and levels are matched on."""
    return re.sub(_CSI, "", text)


def restore_escapes(raw: str, plain: str, message: str) -> str:
    """Return ``message``, the end of ``plain``, with the escape sequences it has in ``raw``.

    Sequences only at its two edges are the layout's colouring and are left out; if there are others, the message
    is kept as it came, but for a reset before it, which ends the colour of what stands before.
    """
    if not plain.endswith(message):
        return message
    at = len(plain) - len(message)
    passed: list[re.Match[str]] = []
    for sequence in re.finditer(_CSI, raw):
        if sequence.start() > at:
            break
        at += len(sequence[0])
        passed.append(sequence)
    if raw.startswith(message, at) and not strip_escapes(raw[at + len(message) :]):
        return message
    for sequence in reversed(passed):
        if sequence.end() != at or sequence[0] in _RESETS:
            break
        at = sequence.start()
    return raw[at:]
