"""Faults 12, 68 and 70: file systems that another program serves, and that hang, fail or cannot hold a store.

The one here is served by ``served_folder.py``: a request to it is answered, or not, as over a network.
"""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.daemon import daemon_status
from loglama_core.collector.one_pass import collect_once
from loglama_core.collector.remote_mounts import RemoteMounts
from tests.faults.invariants import check_everything_readable_is_stored
from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.conftest import LogFolder

SERVER = Path(__file__).with_name("served_folder.py")
CONFIG = """\
[services.far]
logs = ["remote/*.log"]

[services.all]
logs = ["rem*/deep/*.log"]
"""


class Served:
    """``remote/`` in the folder of a ``LogFolder`` shows what is in ``real/``, while its server runs."""

    def __init__(self, folder: Path) -> None:
        self.real, self.place, self._faults = folder / "real", folder / "remote", folder / "served-faults"
        (self.real / "deep").mkdir(parents=True)
        self.place.mkdir()
        self._faults.touch()
        self._server = subprocess.Popen(
            [sys.executable, SERVER, self.real, self.place, "fuse.sshfs", self._faults],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._server.stdout is not None
        self.is_taken_away = False
        self.is_mounted = self._server.stdout.readline() == "mounted\n"

    def write(self, name: str, text: str) -> Path:
        """Append to a file as another machine does: not through the mount."""
        with (self.real / name).open("a") as file:
            file.write(text)
        return self.real / name

    def suspend(self) -> None:
        """Let nothing be answered any more."""
        self._server.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._server.send_signal(signal.SIGCONT)

    def fail(self, name: str, offset: int, number: int) -> None:
        self._faults.write_text(f"{name} {offset} {number}\n")

    def heal(self) -> None:
        self._faults.write_text("")

    def take_away(self) -> None:
        """Unmount it, whether it answers or not."""
        subprocess.run(["umount", "-l", self.place], check=True)
        self.is_taken_away = True

    def close(self) -> None:
        if self.is_mounted and not self.is_taken_away:
            self.take_away()
        self._server.kill()
        self._server.communicate()


@pytest.fixture
def served(log_folder: LogFolder) -> Iterator[Served]:
    (log_folder.folder / "loglama.toml").write_text(CONFIG)
    served = Served(log_folder.folder)
    try:
        if not served.is_mounted:
            pytest.skip(
                "no right to mount a FUSE file system here: run the suite as root to prove faults 12, 68 and 70"
            )
        yield served
        if log_folder.daemons and not served.is_taken_away:
            served.resume()
            served.heal()
            log_folder.check_it_flows()
        for process in list(log_folder.daemons):
            log_folder.stop(process)
        if served.is_taken_away:
            return
        served.resume()
        collect_once(log_folder.settings)
        log_folder.check_invariants()
        check_everything_readable_is_stored(log_folder)
        assert log_folder.gaps() == []
        log_folder.is_store_lost = True  # all was asked while it was mounted
    finally:
        served.resume()
        log_folder.kill_all()
        served.close()


def _error(log_folder: LogFolder) -> str:
    return daemon_status(log_folder.settings).last_error or ""


def test_fault_68_a_file_system_that_hangs_holds_up_no_other(log_folder: LogFolder, served: Served) -> None:
    log_folder.write("app.log", lines(1, 3))
    served.write("app.log", lines(1001, 1003))
    served.write("deep/app.log", lines(2001, 2003))
    log_folder.start_daemon()
    first = [*expected(1, 3), *expected(1001, 1003), *expected(2001, 2003)]
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == first)
    served.suspend()
    served.write("app.log", lines(1004, 1006))
    log_folder.write("app.log", lines(4, 6))
    log_folder.wait_for(lambda: set(expected(4, 6)) <= set(log_folder.messages()))
    log_folder.wait_for(lambda: "does not answer" in _error(log_folder))
    assert str(served.place) in daemon_status(log_folder.settings).problems
    log_folder.write("app.log", lines(7, 9))
    log_folder.wait_for(lambda: set(expected(7, 9)) <= set(log_folder.messages()))
    assert set(expected(1004, 1006)).isdisjoint(log_folder.messages())
    served.resume()
    log_folder.wait_for(lambda: set(expected(1004, 1006)) <= set(log_folder.messages()))
    log_folder.wait_for(lambda: not _error(log_folder))
    assert by_number(log_folder.messages()) == [*expected(1, 9), *expected(1001, 1006), *expected(2001, 2003)]


def test_fault_68_a_collector_starts_and_stops_beside_one_that_hangs(log_folder: LogFolder, served: Served) -> None:
    log_folder.write("app.log", lines(1, 3))
    served.write("app.log", lines(1001, 1003))
    linked = served.write("linked.txt", lines(2001, 2003))
    (log_folder.logs / "link.log").symlink_to(served.place / linked.name)
    served.suspend()
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 3))
    log_folder.wait_for(lambda: "does not answer" in _error(log_folder))
    log_folder.stop(daemon)
    log_folder.start_daemon()
    log_folder.write("app.log", lines(4, 4))
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 4))
    served.resume()
    everything = [*expected(1, 4), *expected(1001, 1003), *expected(2001, 2003)]
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == everything)


def test_fault_68_69_a_mount_that_hangs_and_is_taken_away(log_folder: LogFolder, served: Served) -> None:
    """Whoever unmounts it by force gets at what is below it: the thread that waits for an answer is not waited for.

    The kernel keeps a process that was told to end until its last request is answered; the store is free before that.
    """
    served.write("app.log", lines(1, 3))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    served.suspend()
    log_folder.wait_for(lambda: "does not answer" in _error(log_folder))
    served.take_away()
    (served.place / "below.log").write_text(lines(4, 6))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 6))
    log_folder.wait_for(lambda: not _error(log_folder))
    daemon.send_signal(signal.SIGTERM)
    log_folder.wait_for(lambda: not daemon_status(log_folder.settings).running)
    log_folder.start_daemon()
    log_folder.write("app.log", lines(7, 9))
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 9))
    served.resume()
    assert daemon.wait(timeout=20) == 0
    log_folder.daemons.remove(daemon)


def test_fault_68_a_pass_gives_up_what_does_not_answer_and_reports_it(log_folder: LogFolder, served: Served) -> None:
    log_folder.write("app.log", lines(1, 3))
    path = served.write("app.log", lines(1001, 1003))
    log_folder.collect()
    served.suspend()
    log_folder.write("app.log", lines(4, 6))
    with path.open("a") as file:
        file.write(lines(1004, 1006))
    done = log_folder.run("collect-logs", "--format", "jsonl")
    assert done.returncode == 1
    assert "does not answer" in done.stdout
    assert by_number(log_folder.messages()) == [*expected(1, 6), *expected(1001, 1003)]
    other = log_folder.folder / "other.txt"
    other.write_text(lines(7, 9))
    assert log_folder.run("import", str(other)).returncode == 0
    served.resume()
    log_folder.collect()
    assert by_number(log_folder.messages()) == [*expected(1, 9), *expected(1001, 1006)]


def test_fault_68_a_diagnosis_names_the_file_system_that_does_not_answer(log_folder: LogFolder, served: Served) -> None:
    served.write("app.log", lines(1, 3))
    log_folder.collect()
    served.suspend()
    done = log_folder.run("diagnose", "-c", "readable", "-c", "declared-sources", "--format", "jsonl")
    assert f"umount -l {served.place}" in done.stdout
    assert "no file matches" not in done.stdout
    served.resume()
    assert "does not answer" not in log_folder.run("diagnose", "-c", "readable", "--format", "jsonl").stdout


def test_fault_68_70_a_file_the_server_has_forgotten_is_opened_anew(log_folder: LogFolder, served: Served) -> None:
    served.write("app.log", lines(1, 50))
    served.write("other.log", lines(1001, 1003))
    log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 53)
    served.fail("app.log", -1, errno.ESTALE)
    served.write("app.log", lines(51, 60))
    log_folder.wait_for(lambda: "app.log" in _error(log_folder))
    served.write("other.log", lines(1004, 1006))
    log_folder.wait_for(lambda: set(expected(1004, 1006)) <= set(log_folder.messages()))
    served.heal()
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == [*expected(1, 60), *expected(1001, 1006)])


@pytest.mark.parametrize("count", [3_000, 60_000], ids=["few", "a-backlog"])
def test_fault_70_a_read_error_in_the_middle_of_a_file(log_folder: LogFolder, served: Served, count: int) -> None:
    """What precedes it is stored, the offset stays there, and it is tried again until it can be read."""
    path = served.write("app.log", lines(1, count))
    served.write("other.log", lines(100_001, 100_003))
    served.fail("app.log", path.stat().st_size // 2, errno.EIO)
    log_folder.start_daemon()
    log_folder.wait_for(lambda: "Input/output error" in _error(log_folder))
    log_folder.wait_for(lambda: set(expected(100_001, 100_003)) <= set(log_folder.messages()))
    log_folder.wait_for(lambda: len(log_folder.messages()) > count // 3)
    stored = [message for message in log_folder.messages() if int(message.split()[1]) <= count]
    assert stored == expected(1, len(stored))
    assert len(stored) < count
    served.heal()
    log_folder.wait_for(lambda: len(log_folder.messages()) == count + 3)
    assert by_number(log_folder.messages()) == [*expected(1, count), *expected(100_001, 100_003)]


def test_fault_12_a_store_on_a_network_file_system_is_warned_of(log_folder: LogFolder, served: Served) -> None:
    log_folder.db_path = served.place / "store.db"
    log_folder.write("app.log", lines(1, 30))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 30))
    log_folder.wait_for(lambda: "network file system (fuse.sshfs)" in _error(log_folder))
    assert "store on a network file system" in (log_folder.logs / "loglama.log").read_text()
    found = log_folder.run("diagnose", "-c", "file-system", "--format", "jsonl").stdout
    assert "fuse.sshfs" in found
    log_folder.stop(daemon)
    log_folder.check_invariants()


def test_fault_12_67_the_way_to_a_remote_mount_is_found_without_a_look_at_it(
    log_folder: LogFolder, served: Served
) -> None:
    served.suspend()
    (log_folder.folder / "way").symlink_to("remote/deep")
    (log_folder.folder / "back").symlink_to(served.place / ".." / "logs")
    (log_folder.logs / "further.log").symlink_to("../way/../x")
    (log_folder.logs / "loop").symlink_to("loop")
    with RemoteMounts() as mounts:
        remote = str(served.place)
        for path in ("remote", "remote/x", "way/a.log", "logs/further.log"):
            assert mounts.mount_of(str(log_folder.folder / path)) == remote, path
        for path in ("logs/app.log", "remotely/x", "logs/loop", "logs/loop/x", "real/deep/x"):
            assert mounts.mount_of(str(log_folder.folder / path)) is None, path
        served.resume()
        served.take_away()
        mounts.refresh()
        assert mounts.mount_of(str(served.place / "x")) is None
    assert list(served.place.iterdir()) == []
