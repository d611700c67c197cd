"""Opening a store never takes away the locks that this process's other connections hold on it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from loglama_core.store.database import open_for_reading, open_for_writing

if TYPE_CHECKING:
    from pathlib import Path

INSERT = "INSERT INTO services (name) VALUES ('{}')"


def write_in_another_process(path: Path, name: str) -> None:
    """Write and close, which folds the write-ahead log back and deletes it unless somebody still holds the store."""
    script = (
        "import sys; from pathlib import Path; from loglama_core.store.database import open_for_writing\n"
        "connection = open_for_writing(Path(sys.argv[1])); connection.execute(sys.argv[2]); connection.close()\n"
    )
    subprocess.run([sys.executable, "-c", script, path, INSERT.format(name)], check=True)


def test_a_second_reader_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_for_writing(path).close()
    with closing(open_for_reading(path)) as first:
        count = "SELECT count(*) FROM services"
        assert first.execute(count).fetchone() == (0,)
        with closing(open_for_reading(path)):
            write_in_another_process(path, "one")
            assert path.with_name("store.db-wal").exists(), "the log was deleted under an open reader"
            assert first.execute(count).fetchone() == (1,)
            write_in_another_process(path, "two")
            assert first.execute(count).fetchone() == (2,)


def test_a_writer_beside_readers_of_a_store_that_was_empty(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    with closing(open_for_writing(path)) as writer, closing(open_for_reading(path)) as reader:
        writer.execute(INSERT.format("here"))
        open_for_reading(path).close()
        write_in_another_process(path, "there")
        assert path.with_name("store.db-wal").exists()
        assert reader.execute("SELECT count(*) FROM services").fetchone() == (2,)
