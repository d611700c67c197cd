"""What holds after every case, whatever was done to the logs: I1 to I7.

I1 no row twice; I2 no complete readable line missing; I3 the store is whole; I4 every stored row is found by a search
for its text; I5 a source's offset is the end of its last stored line; I6 what was lost is in ``gaps``; I7 the collector
is alive and other files keep flowing (``LogFolder.check_it_flows``).
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.collector.discovery import Discovery
from loglama_core.model import SourceKind
from loglama_core.query.tree import Text
from loglama_core.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder

_SEARCHED = 12


def check_store(log_folder: LogFolder) -> None:
    """I1, I3 to I6, and that the counts agree; may be asked at any moment, also in the midst of a case."""
    query = log_folder.query
    places = Counter(query("SELECT source_id, offset FROM records"))
    assert [place for place, count in places.items() if count > 1] == [], "I1"
    assert query("PRAGMA integrity_check") == [("ok",)], "I3"
    assert query("SELECT coalesce(sum(n), 0) FROM minute_counts") == query("SELECT count(*) FROM records"), "I3"
    _check_every_row_is_found(log_folder)
    beyond = (  # of a database's table the offset is the key of the last row
        "SELECT r.id FROM records r JOIN sources s ON s.id = r.source_id"
        " WHERE r.offset >= s.offset + (s.kind = 'sqlite')"
    )
    assert query(beyond) == [], "I5"
    in_gaps = "SELECT coalesce(sum(end - start), 0) FROM gaps WHERE source_id = s.id"
    counted = f"SELECT s.id FROM sources s WHERE gap_bytes <> ({in_gaps})"
    assert query(counted) == [], "I6"


def check_everything_readable_is_stored(log_folder: LogFolder) -> None:
    """I2, to be asked after a pass: of every file there is no complete line past its source's offset."""
    offsets = {
        (device, inode): (offset, bytes(tail))
        for device, inode, offset, tail in log_folder.query(
            "SELECT device, inode, offset, tail FROM sources WHERE state = 'active' AND kind = 'file'"
        )
        if isinstance(offset, int) and isinstance(tail, bytes)
    }
    heads = [bytes(head) for (head,) in log_folder.query("SELECT head FROM sources") if isinstance(head, bytes)]
    for candidate in Discovery(log_folder.settings).candidates():
        if candidate.kind != SourceKind.FILE:
            continue
        try:
            data = Path(candidate.path).read_bytes()
        except OSError:
            continue
        complete = data.rstrip(b"\0").rfind(b"\n") + 1
        if complete == 0:
            continue
        stored = offsets.get((candidate.device, candidate.inode))
        if stored is None:  # a copy of what another file holds or held
            shown = data[:1024]
            assert any(head[: len(shown)] == shown[: len(head)] for head in heads if head), f"I2 {candidate.path}"
        else:
            offset, tail = stored
            assert offset >= complete, f"I2 {candidate.path}"
            assert data[offset - len(tail) : offset] == tail, f"I5 {candidate.path}"


def _check_every_row_is_found(log_folder: LogFolder) -> None:
    """I4, of a dozen rows spread over the store."""
    with closing(SqliteReader(log_folder.db_path)) as reader:
        newest = reader.newest_id()
        for record_id in sorted({1 + number * (newest - 1) // (_SEARCHED - 1) for number in range(_SEARCHED)}):
            record = reader.get(record_id)
            text = "" if record is None else record.message.split("\n")[0].strip()
            if record is not None and text:
                found = reader.search(Text(text), order="newest", limit=None)
                assert any(each.id == record_id for each in found), f"I4 {text!r}"
