"""Faults 30-35 and security 10: compressed files are read once, and never more than they hold."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import os
import random
import resource
import shutil
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.discovery import Discovery
from loglama_core.collector.scanner import Scanner
from loglama_core.store.writer import RecordWriter
from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import LogFolder


def zstd_compress(data: bytes) -> bytes:
    compressed: bytes = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    return compressed


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd_compress,
}
every_compression = pytest.mark.parametrize("suffix", COMPRESSIONS)


def pack(path: Path, suffix: str = "gz") -> Path:
    """Replace a file by its compressed copy, which keeps its time as gzip does."""
    packed = path.with_name(f"{path.name}.{suffix}")
    packed.write_bytes(COMPRESSIONS[suffix](path.read_bytes()))
    shutil.copystat(path, packed)
    path.unlink()
    return packed


@every_compression
def test_fault_30_a_compressed_copy_of_what_was_read_adds_nothing(log_folder: LogFolder, suffix: str) -> None:
    path = log_folder.write("app.log", lines(1, 500))
    log_folder.collect()
    path = path.rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(501, 510))
    log_folder.collect()
    pack(path, suffix)
    for _ in range(2):
        log_folder.collect()
        assert log_folder.messages() == expected(1, 510)
    assert log_folder.query("SELECT count(*), sum(gap_bytes) FROM sources") == [(2, 0)]


def test_fault_30_an_original_removed_while_its_archive_is_looked_at_is_still_its_original(
    log_folder: LogFolder,
) -> None:
    original = log_folder.write("app.log.1", lines(1, 500))
    log_folder.collect()
    settings = log_folder.settings
    with closing(RecordWriter(log_folder.db_path)) as writer:
        scanner = Scanner(settings, writer, discovery=Discovery(settings), on_stored=lambda *_: None)
        (log_folder.logs / "app.log.1.gz").write_bytes(gzip.compress(original.read_bytes()))
        listed = list(Discovery(settings).candidates())
        original.unlink()
        scanner.streams.match(listed, final=False)
    assert log_folder.query("SELECT count(*) FROM sources") == [(1,)]
    log_folder.collect()
    assert log_folder.messages() == expected(1, 500)


def test_fault_30_what_was_first_seen_rotated_and_then_compressed_under_the_next_number(log_folder: LogFolder) -> None:
    """The delaycompress of logrotate: app.log.1, as a collector finds it that begins then, becomes app.log.2.gz."""
    log_folder.write("app.log.1", lines(1, 500))
    log_folder.write("app.log", lines(501, 600))
    log_folder.collect()
    pack(log_folder.logs / "app.log.1").rename(log_folder.logs / "app.log.2.gz")
    (log_folder.logs / "app.log").rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(601, 610))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 610)
    assert log_folder.gaps() == []


def test_fault_30_files_named_by_their_day_that_begin_alike_are_all_read(log_folder: LogFolder) -> None:
    for day in range(1, 4):
        log_folder.write(f"app-2026-11-0{day}.log", '{"event":"line 0"}\n' + lines(day, day))
        log_folder.collect()
    log_folder.write("app-2026-11-04.log", '{"event":"line 0"}\n')
    log_folder.collect()
    assert sorted(log_folder.messages()) == ["line 0"] * 4 + ["line 1", "line 2", "line 3"]


@every_compression
def test_fault_30_the_unread_tail_of_a_compressed_copy_is_read_once(log_folder: LogFolder, suffix: str) -> None:
    path = log_folder.write("app.log", lines(1, 500))
    log_folder.collect()
    log_folder.write("app.log", lines(501, 700))
    pack(path.rename(log_folder.logs / "app-2026-11-01.log"), suffix)
    log_folder.write("app.log", lines(701, 705))
    for _ in range(2):
        log_folder.collect()
        assert sorted(log_folder.messages()) == sorted(expected(1, 705))
    assert log_folder.query("SELECT lineage, kind, gap_bytes FROM sources ORDER BY id") == [
        (str(path), "compressed", 0),
        (str(path), "file", 0),
    ]


def test_fault_30_copied_then_compressed_while_the_original_goes_on(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 3000))
    log_folder.collect()
    (log_folder.logs / "app.log.1.gz").write_bytes(gzip.compress(path.read_bytes()))
    log_folder.collect()
    os.truncate(path, 0)
    log_folder.write("app.log", lines(3001, 3010))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 3010)


def test_fault_30_unpacked_again_adds_nothing(log_folder: LogFolder) -> None:
    packed = pack(log_folder.write("app.log.1", lines(1, 200)))
    log_folder.collect()
    (log_folder.logs / "app.log.1").write_bytes(gzip.decompress(packed.read_bytes()))
    log_folder.collect()
    packed.unlink()
    log_folder.collect()
    assert log_folder.messages() == expected(1, 200)


@every_compression
def test_fault_31_a_compressed_file_never_seen_is_read_whole_once(log_folder: LogFolder, suffix: str) -> None:
    text = lines(1, 40_000)
    pack(log_folder.write("app-2026-11-01.log", text), suffix)
    for _ in range(2):
        log_folder.collect()
        assert log_folder.messages() == expected(1, 40_000)
    assert log_folder.query("SELECT service, offset, size FROM sources") == [("app", len(text), len(text))]


def test_fault_31_the_last_line_of_an_archive_needs_no_newline(log_folder: LogFolder) -> None:
    pack(log_folder.write("app.log.1", lines(1, 3) + '{"event":"the end"}'))
    log_folder.collect()
    assert log_folder.messages() == [*expected(1, 3), "the end"]


def test_fault_31_a_daemon_collects_it_and_a_restart_does_not_read_it_again(log_folder: LogFolder) -> None:
    daemon = log_folder.start_daemon()
    log_folder.write("app.log", lines(1, 5))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 5)
    pack(log_folder.write("hidden", lines(6, 5000)).rename(log_folder.logs / "app.log.1"))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 5000)
    log_folder.wait_for(
        lambda: log_folder.query("SELECT read_size > 0 FROM sources WHERE kind = 'compressed'") == [(1,)]
    )
    log_folder.kill(daemon)
    before = log_folder.query("SELECT * FROM sources WHERE service = 'app'")
    log_folder.collect()
    assert log_folder.query("SELECT * FROM sources WHERE service = 'app'") == before
    assert sorted(log_folder.messages()) == sorted(expected(1, 5000))


@pytest.mark.parametrize("cut", [5, 15, 2000, -4])
def test_fault_32_an_incomplete_archive_is_read_on_when_it_grows(log_folder: LogFolder, cut: int) -> None:
    whole = gzip.compress("".join(f'{{"event":"{number} {os.urandom(9).hex()}"}}\n' for number in range(3000)).encode())
    path = log_folder.write("app.log.1.gz", whole[:cut])
    log_folder.collect()
    stored = len(log_folder.messages())
    assert stored == 3000 if cut == -4 else stored < 3000
    if cut == 2000:
        assert stored > 10
    log_folder.collect()
    assert len(log_folder.messages()) == stored
    with path.open("ab") as file:
        file.write(whole[cut:])
    log_folder.collect()
    assert [text.split()[0] for text in log_folder.messages()] == [str(number) for number in range(3000)]
    assert log_folder.query("SELECT error FROM sources") == [(None,)]


@pytest.mark.parametrize(("suffix", "seed"), [("gz", 1), ("bz2", 1), ("bz2", 1003), ("xz", 1)])
def test_fault_33_what_precedes_damage_is_kept_and_not_tried_again(
    log_folder: LogFolder, suffix: str, seed: int
) -> None:
    # Of 1003 bzip2 decodes the whole damaged block before it finds it wrong.
    numbers = random.Random(seed)
    random_lines = [f'{{"event":"{number} {numbers.randbytes(30).hex()}"}}\n' for number in range(30_000)]
    packed = bytearray(COMPRESSIONS[suffix]("".join(random_lines).encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    path = log_folder.write("app.log.1." + suffix, bytes(packed))
    (report,) = log_folder.collect()
    assert report.error is not None
    assert "damaged after" in report.error
    stored = log_folder.messages()
    # gzip's may take damaged bytes for good ones; of the others a block is checked first, of xz here the whole file.
    kept = {"gz": 10_000, "bz2": len(stored), "xz": 0}[suffix]
    assert suffix == "xz" or len(stored) >= 10_000
    assert [text.split()[0] for text in stored[:kept]] == [str(number) for number in range(kept)]
    before = log_folder.query("SELECT * FROM sources")
    assert log_folder.collect()[0].error == report.error
    assert log_folder.query("SELECT * FROM sources") == before
    path.write_bytes(COMPRESSIONS[suffix](b'{"event":"mended"}\n'))
    log_folder.collect()
    assert log_folder.messages()[-1] == "mended"


def test_fault_33_a_wrong_checksum_costs_no_line(log_folder: LogFolder) -> None:
    packed = bytearray(gzip.compress(lines(1, 100).encode()))
    packed[-8] ^= 1
    log_folder.write("app.log.1.gz", bytes(packed))
    (report,) = log_folder.collect()
    assert report.error is not None
    assert log_folder.messages() == expected(1, 100)


def test_fault_33_what_is_no_archive_is_an_error_of_that_source_alone(log_folder: LogFolder) -> None:
    log_folder.write("app.log.1.gz", lines(1, 100))
    log_folder.write("other.log", lines(1, 3))
    reports = log_folder.collect()
    assert log_folder.messages() == expected(1, 3)
    assert [bool(report.error) for report in reports] == [True, False]


@every_compression
def test_fault_34_all_members_are_read(log_folder: LogFolder, suffix: str) -> None:
    compress = COMPRESSIONS[suffix]
    members = [compress(lines(1, 100).encode()), compress(b""), compress(lines(101, 40_000).encode())]
    log_folder.write(f"app.log.1.{suffix}", b"".join(members) + b"\0" * 512)
    log_folder.collect()
    assert log_folder.messages() == expected(1, 40_000)


@pytest.mark.parametrize("filling", [b"\0", b"x"])
def test_fault_35_security_10_a_bomb_is_refused(log_folder: LogFolder, filling: bytes) -> None:
    piece = filling * ((1 << 20) // len(filling))
    with gzip.open(log_folder.logs / "app.log.1.gz", "wb") as file:
        file.write(lines(1, 3).encode())
        for _ in range(300):
            file.write(piece)
    log_folder.write("other.log", lines(4, 6))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()
    reports = log_folder.collect()
    assert time.monotonic() - begin < 30
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 60
    errors = [report.error for report in reports if report.error]
    assert len(errors) == 1
    assert errors[0].startswith("refused: ")
    assert sorted(log_folder.messages())[:6] == expected(1, 6)


def test_fault_35_an_archive_in_an_archive_is_not_followed(log_folder: LogFolder) -> None:
    log_folder.write("app.log.1.gz", gzip.compress(gzip.compress(lines(1, 100).encode())))
    (report,) = log_folder.collect()
    assert report.error is not None
    assert "another archive" in report.error
    assert log_folder.messages() == []


def test_a_zstd_file_without_the_extra_says_what_to_install(
    log_folder: LogFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_folder.write("app.log.1.zst", zstd_compress(lines(1, 10).encode()))
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "loglama_core.sources.decompression.find_spec",
        lambda name: None if name == "zstandard" else find_spec(name),
    )
    (report,) = log_folder.collect()
    assert report.error is not None
    assert "loglama[zstd]" in report.error
