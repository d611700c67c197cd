"""A child process that parses a backlog while this process stores it: two cores instead of one.

A child is started afresh (never forked: the parent has threads and an open store) and talks through one socket. The
parent sends an open file descriptor with the state of its source, the child answers with batches until nothing
complete is left. Frames are ``marshal``: between two processes of one program it is safe, and it costs 0.4 us a
record where pickle costs 1.1 us.
"""

from __future__ import annotations

import gc
import marshal
import os
import socket
import struct
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from loglama_core.errors import CollectorError
from loglama_core.formats.own_folder import use_folder, used_folder
from loglama_core.model import Batch, SourceState
from loglama_core.sources.batch_reader import BatchReader, SourceRewrittenError
from loglama_core.sources.compressed_file import file_type
from loglama_core.sources.zone import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.sources.log_file import LogFile

FileEnd = tuple[int, str | None]
"""How reading a file to its end ended: (the length of its stream, why nothing more of it can be read or None)."""

_LENGTH = struct.Struct("!I")
_DONE, _BATCH, _REWRITTEN, _FAILED = range(4)
_SOCKET_BUFFER = 1 << 20
"""Room for about two batches: the child parses the next ones while the parent commits, and waits when it is ahead."""


_NICE = 10
"""On two cores a backlog keeps both busy, this process and the one that stores: the explorer's keys come first."""


class ParserProcess:
    """The parent's end. Use as a context manager; one source at a time.

    ``end``: how the file last read ended.
    """

    def __init__(self) -> None:
        self.end: FileEnd | None = None
        ours, theirs = socket.socketpair()
        folder = [str(own)] if (own := used_folder()) is not None else []
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", "loglama_core.collector.parser_process", str(theirs.fileno()), *folder],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the parent's to handle: it closes the socket and the child ends
            )
        self._socket = ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def batches(self, file: LogFile, source: SourceState, *, zone: str, max_message: int) -> Iterator[Batch]:
        """Yield the batches of ``source`` from its offset on; last records that may be continued are left unread.

        Raises ``SourceRewrittenError``, ``OSError`` of the file, ``CollectorError`` when the child is gone. After an
        exception, or when the iterator is dropped half-way, the process is of no more use: close it.
        """
        # str(): marshal takes no subclasses, and a new source's kind and state are enumeration members.
        state = tuple(str(value) if isinstance(value, str) else value for value in astuple(source))
        request = marshal.dumps((state, zone, max_message))
        try:
            socket.send_fds(self._socket, [_LENGTH.pack(len(request))], [file.descriptor])
            self._socket.sendall(request)
            while True:
                kind, content = _receive(self._socket)
                if kind == _DONE:
                    self.end = content
                    return
                if kind == _REWRITTEN:
                    raise SourceRewrittenError(*content)
                if kind == _FAILED:
                    raise OSError(*content)
                yield Batch(*content)
        except (ConnectionError, EOFError) as error:
            msg = "the process that parses a backlog ended unexpectedly"
            raise CollectorError(msg, "the source is read again from where it was stored") from error


def _receive(connection: socket.socket) -> tuple[int, Any]:
    (length,) = _LENGTH.unpack(_receive_exactly(connection, _LENGTH.size))
    kind, content = marshal.loads(_receive_exactly(connection, length))  # noqa: S302 - written by our own child
    return kind, content


def _receive_exactly(connection: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    done = 0
    while done < length:
        count = connection.recv_into(view[done:])
        if count == 0:
            raise EOFError
        done += count
    return buffer


def _send(connection: socket.socket, kind: int, content: tuple[Any, ...]) -> None:
    # Version 2 has no back references: building them costs more than it saves on rows of distinct strings.
    data = marshal.dumps((kind, content), 2)
    connection.sendall(_LENGTH.pack(len(data)))
    connection.sendall(data)


def _parse_source(connection: socket.socket, descriptor: int, request: tuple[Any, ...]) -> None:
    """Send every batch of one source, keeping a copy of its state in step."""
    state, zone, max_message = request
    source = SourceState(*state)
    file = file_type(source.kind)(descriptor, os.fstat(descriptor))
    reader = BatchReader(zone=zone_named(zone), max_message=max_message)
    try:
        while (batch := reader.read(file, source, flush=False)) is not None:
            _send(connection, _BATCH, _fields_of(batch))
            source.offset = source.record_offset = batch.end
            source.head, source.tail, source.format = batch.head, batch.tail, batch.format
            source.record_id = None
            if batch.rows:
                source.record_time_ns = batch.rows[-1][0]
            if not batch.more:
                break
    except SourceRewrittenError as error:
        _send(connection, _REWRITTEN, (error.message, error.hint))
    except OSError as error:
        _send(connection, _FAILED, (error.errno, error.strerror))
    else:
        _send(connection, _DONE, (file.size(), file.trouble))


def _fields_of(batch: Batch) -> tuple[Any, ...]:
    """Return the fields of a batch in order (``dataclasses.astuple`` would copy every row)."""
    return tuple(getattr(batch, name) for name in Batch.__slots__)


def main(descriptor: int) -> None:
    """Serve requests from the socket until the parent closes it."""
    # Rows and parsed objects hold no cycles: looking for some among 4,500 records a batch is time wasted.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    os.nice(_NICE)
    with socket.socket(fileno=descriptor) as connection:
        connection.set_inheritable(False)
        while True:
            header, descriptors, _, _ = socket.recv_fds(connection, _LENGTH.size, 1)
            if not header or not descriptors:
                return
            (length,) = _LENGTH.unpack(header)
            try:
                _parse_source(connection, descriptors[0], marshal.loads(_receive_exactly(connection, length)))  # noqa: S302 - written by our own parent
            finally:
                os.close(descriptors[0])


if __name__ == "__main__":
    try:
        use_folder(Path(sys.argv[2]) if len(sys.argv) > 2 else None)
        main(int(sys.argv[1]))
    except (BrokenPipeError, ConnectionResetError):  # the parent is gone: so is the reason to go on
        sys.exit(1)
