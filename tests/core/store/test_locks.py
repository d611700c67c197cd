"""Opening a store never takes away the locks that this process's other connections hold on it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.discovery import Discovery
from loglama_core.collector.given_files import GivenFiles
from loglama_core.config.settings import load_settings
from loglama_core.errors import UsageError
from loglama_core.store.backup import backup
from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.search_database import open_index_for_reading, open_index_for_writing

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


OTHER_INDEXER = (
    "import sys; from pathlib import Path; from loglama_core.store.search_database import open_index_for_writing\n"
    "connection = open_index_for_writing(Path(sys.argv[1]))\n"
    "connection.execute('INSERT INTO told VALUES (2)'); connection.close()\n"
)


def test_opening_the_search_index_again_leaves_the_locks_on_it(tmp_path: Path) -> None:
    """An explorer's indexing thread opens the index beside its readers: their locks on it must stay."""
    path = tmp_path / "store.search.db"
    with closing(open_index_for_writing(path)) as first:
        first.execute("CREATE TABLE told (n)")
        first.execute("INSERT INTO told VALUES (1)")
        with closing(open_index_for_reading(path, immutable=False)) as reader:
            assert reader.execute("SELECT n FROM told").fetchall() == [(1,)]
            open_index_for_writing(path).close()
            subprocess.run([sys.executable, "-c", OTHER_INDEXER, path], check=True)
            assert path.with_name("store.search.db-wal").exists(), "the log was deleted under an open reader"
            assert reader.execute("SELECT n FROM told").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_no_index_is_made_through_a_link_or_in_place_of_something_else(tmp_path: Path, kind: str) -> None:
    """Security 21."""
    path, target = tmp_path / "store.search.db", tmp_path / "precious"
    target.write_text("precious")
    if kind == "link":
        path.symlink_to(target)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match="something else than a plain file"):
        open_index_for_writing(path)
    assert target.read_text() == "precious"


def test_the_store_is_not_opened_as_a_log_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard link to it, a link to its folder and the files that SQLite keeps beside it are still the store."""
    monkeypatch.setenv("LOGLAMA_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("LOGLAMA_DB_PATH", str(tmp_path / "logs" / "kept.store"))
    (tmp_path / "loglama.toml").write_text('[services.all]\nlogs = ["logs/*", "linked/*"]\n')
    (tmp_path / "logs").mkdir()
    (tmp_path / "linked").symlink_to("logs")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    with (
        closing(open_for_writing(settings.db_path)) as writer,
        closing(open_index_for_writing(tmp_path / "logs/kept.search.db")) as index,
    ):
        writer.execute(INSERT.format("here"))
        index.execute("CREATE TABLE told (n)")
        (tmp_path / "logs/app.log").write_text("one\n")
        (tmp_path / "logs/other-name").hardlink_to(settings.db_path)
        names = {candidate.path.rpartition("/")[2] for candidate in Discovery(settings).candidates()}
        assert names == {"app.log"}
        given = GivenFiles(settings, [str(tmp_path / "linked")], service=None, format_name=None)
        assert {candidate.path.rpartition("/")[2] for candidate in given.candidates()} == {"app.log"}
        write_in_another_process(settings.db_path, "there")
        assert (tmp_path / "logs/kept.store-wal").exists()


def test_a_backup_never_takes_the_place_of_the_store_or_its_index(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_for_writing(path).close()
    with closing(open_for_writing(path)) as writer:
        writer.execute(INSERT.format("here"))
        (tmp_path / "same.db").hardlink_to(path)
        for name in ("store.db", "same.db", "store.search.db", "store.db-wal"):
            with pytest.raises(UsageError, match="file of the store itself"):
                backup(path, tmp_path / name, force=True)
