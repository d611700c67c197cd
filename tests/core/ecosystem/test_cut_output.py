from __future__ import annotations

import os
import stat
from pathlib import Path

from loglama_core.ecosystem.restart_keeper import cut_output


def test_a_file_that_has_grown_too_large_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "x.out.log"
    writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(writer, b"old line\n" * 10)
        cut_output(path, largest=1000)
        assert path.stat().st_size == 90
        cut_output(path, largest=50)
        os.write(writer, b"new line\n")
    finally:
        os.close(writer)
    assert path.read_bytes() == b"new line\n"
    assert (tmp_path / "x.out.log.1").read_bytes() == b"old line\n" * 10
    assert stat.S_IMODE((tmp_path / "x.out.log.1").stat().st_mode) == 0o600


def test_security_21_a_link_in_place_of_the_copy_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "x.out.log"
    path.write_bytes(b"x" * 100)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "x.out.log.1").symlink_to(victim)
    cut_output(path, largest=50)
    assert victim.read_text() == "mine"
    assert path.stat().st_size == 100
