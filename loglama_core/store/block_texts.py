"""What the search index is made of: the texts of blocks of records, each piece of them once.

A block's message texts, keys and values mostly repeat; what FTS5 does with a text costs by its length. Pieces end where
no trigram that is ever asked for goes on: at line ends and quotes (see ``trigrams``). Of 1,000,000 JSON lines that
leaves 40 characters a record out of 103, and the index costs 4.4 us a record instead of 5.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loglama_core.store.query_functions import whole_text_or_nothing
from loglama_core.store.search_database import BLOCK_RECORDS

if TYPE_CHECKING:
    import sqlite3

# Put together inside SQLite, without Python's lock. The keys of fields are indexed as well: they cost 3 bytes a record,
# and `trace_id:*` finds its few blocks by them.
_TEXT = (
    "message || CASE WHEN flags & 2 THEN char(10) || coalesce("
    "(SELECT whole_text_or_nothing(body) FROM long_texts WHERE record_id = records.id), '') ELSE '' END"
    " || char(10) || coalesce(fields, '')"
)
_BLOCKS = (
    f"SELECT id / {BLOCK_RECORDS}, group_concat({_TEXT}, char(10)), min(time_ns), max(time_ns) FROM records"
    f" WHERE id BETWEEN ? AND ? GROUP BY id / {BLOCK_RECORDS}"
)
_RECORD = f"SELECT {_TEXT}, time_ns FROM records WHERE id = ?"


class BlockText(NamedTuple):
    """The text of a block for the index, and the times of its records."""

    block: int
    text: str
    oldest_ns: int
    newest_ns: int


def prepare_texts(store: sqlite3.Connection) -> None:
    """Make a connection to a store able to read the texts."""
    store.create_function("whole_text_or_nothing", 1, whole_text_or_nothing, deterministic=True)


def block_texts(store: sqlite3.Connection, first: int, end: int) -> list[BlockText]:
    """Return the texts of the blocks ``[first, end)`` that have records; 1,024 of them take 60 ms.

    All are read at once: a reader of the store keeps its write-ahead log from being used again, which grew to 256 MB
    in an import while each was read and indexed in turn.
    """
    rows = store.execute(_BLOCKS, (first * BLOCK_RECORDS, end * BLOCK_RECORDS - 1)).fetchall()
    return [BlockText(block, distinct_pieces(text), *times) for block, text, *times in rows]


def record_text(store: sqlite3.Connection, record_id: int) -> tuple[str, int] | None:
    """Return the text of one record for the index and its time; ``None`` if it is gone."""
    row = store.execute(_RECORD, (record_id,)).fetchone()
    return None if row is None else (distinct_pieces(row[0]), row[1])


def distinct_pieces(text: str) -> str:
    """Return each piece of a text once, in the order of the first ones."""
    return "\n".join(dict.fromkeys(text.replace('"', "\n").split("\n")))
