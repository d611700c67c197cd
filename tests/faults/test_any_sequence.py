"""Any sequence of what services, rotation and people do to logs, against a model of what must be in the store.

The model is what can be read: after a collection each complete line that stands in any file is stored exactly once,
nothing that was stored is gone, nothing is stored that was not written, and what was destroyed unread is a gap.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loglama_core.collector.one_pass import Progress, collect_once
from tests.faults.conftest import REPOSITORY, CollectorHost, LogFolder

IS_THOROUGH = os.environ.get("LOGLAMA_HYPOTHESIS") == "thorough"
LINE = '{"event":"w %d"}\n'


class _KilledError(BaseException):
    """Ends a pass between two commits, as a kill does."""


class LogsAndCollectors(RuleBasedStateMachine):
    """One service that writes ``app.log`` and rotates it, one link ``current.log`` that moves from file to file."""

    host: CollectorHost | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = LogFolder(Path(tempfile.mkdtemp(prefix="loglama-sequence-")), self.host)
        self.app = self.folder.logs / "app.log"
        self.written = 0
        self.rotations = 0
        self.targets = 0
        self.partial: tuple[Path, str] | None = None
        self.seen: set[int] = set()
        self.seen_rotated: set[int] = set()
        self.stored: Counter[str] = Counter()
        self.must_be_told = False

    @initialize()
    def begin(self) -> None:
        self.write(1)
        self.collect()

    # What the service does

    @rule(count=st.integers(1, 5))
    def write(self, count: int) -> None:
        self.finish_line()
        self.folder.write_into(self.app, "".join(self._line() for _ in range(count)))

    @rule(count=st.integers(1, 40))
    def write_through_the_link(self, count: int) -> None:
        link = self.folder.logs / "current.log"
        if not link.is_symlink():
            self.swap_link()
        self.folder.write_into(link, "".join(self._line() for _ in range(count)))

    @rule(share=st.floats(0.1, 0.9))
    def write_half_a_line(self, share: float) -> None:
        self.finish_line()
        line = self._line()
        cut = max(1, int(len(line) * share))
        self.folder.write_into(self.app, line[:cut])
        self.partial = self.app, line[cut:]

    @rule()
    def finish_line(self) -> None:
        if self.partial is not None:
            path, rest = self.partial
            self.folder.write_into(path, rest)
            self.partial = None

    # What rotation and people do

    @precondition(lambda self: self.app.exists())
    @rule()
    def rotate_by_renaming(self) -> None:
        rotated = self._rotated_name()
        self.app.rename(rotated)
        if self.partial is not None:  # the service goes on in the file that it holds open
            self.partial = rotated, self.partial[1]

    @precondition(lambda self: self.app.exists())
    @rule()
    def rotate_by_copying(self) -> None:
        self.finish_line()
        shutil.copyfile(self.app, self._rotated_name())
        self._truncate()

    @rule(data=st.data())
    def compress_a_rotated_file(self, data: st.DataObject) -> None:
        rotated = [path for path in self._rotated() if path.suffix != ".gz"]
        if not rotated:
            return
        self.finish_line()
        path = data.draw(st.sampled_from(rotated))
        packed = path.with_name(path.name + ".gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        shutil.copystat(path, packed)
        self._unlink(path)

    @precondition(lambda self: self.app.exists())
    @rule()
    def truncate(self) -> None:
        self.finish_line()
        self._destroy(self.app)
        self._truncate()

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.finish_line()
        there = [path for path in (self.app, *self._rotated()) if path.exists()]
        if there:
            path = data.draw(st.sampled_from(there))
            self._destroy(path)
            self._unlink(path)

    @rule()
    def swap_link(self) -> None:
        self.targets += 1
        target = self.folder.folder / f"target-{self.targets}"
        target.write_text(self._line())
        fresh = self.folder.folder / "fresh"
        fresh.symlink_to(target)
        link = self.folder.logs / "current.log"
        if link.exists():
            self._destroy(link)
        fresh.replace(link)

    # What collectors do

    @rule()
    def collect(self) -> None:
        self.folder.collect()
        self._check()

    @rule()
    def restart(self) -> None:
        self.folder.stop_following()

    @rule()
    def crash_in_the_midst_of_a_pass(self) -> None:
        def die(_: Progress) -> None:
            raise _KilledError

        try:
            collect_once(self.folder.settings, on_progress=die)
        except _KilledError:
            return

    @precondition(lambda _: IS_THOROUGH)
    @rule(
        statement=st.sampled_from(("BEGIN", "INSERT INTO records", "UPDATE sources", "COMMIT")), count=st.integers(1, 5)
    )
    def kill_a_pass(self, statement: str, count: int) -> None:
        subprocess.run(
            [sys.executable, Path(__file__).with_name("dying_collector.py"), statement, str(count)],
            cwd=self.folder.folder,
            env={**os.environ, **self.folder.environment, "PYTHONPATH": str(REPOSITORY)},
            check=False,
        )

    @rule()
    def two_collectors_at_once(self) -> None:
        other = threading.Thread(target=collect_once, args=(self.folder.settings,))
        other.start()
        collect_once(self.folder.settings)
        other.join()

    @invariant()
    def nothing_is_stored_twice_or_made_up(self) -> None:
        if not self.folder.db_path.exists():
            return
        stored = Counter(self.folder.messages())
        assert [text for text, count in stored.items() if count > 1] == [], "stored twice"
        whole = {f"w {number}" for number in range(1, self.written + 1)}
        made_up = [text for text in stored if text not in whole and not text.startswith("{")]
        assert made_up == [], "never written so"
        gone = [text for text in self.stored if text not in stored and not text.startswith("{")]
        assert gone == [], "stored once, and gone"
        self.stored = stored

    def teardown(self) -> None:
        try:
            self.finish_line()
            self.folder.collect()
            self._check()
            self.folder.close()
        finally:
            self.folder.stop_following()
            shutil.rmtree(self.folder.folder, ignore_errors=True)

    def _check(self) -> None:
        readable: Counter[str] = Counter()
        for path in (self.app, *self._rotated(), self.folder.logs / "current.log"):
            if path.exists():
                there = Counter(self._lines_in(path))
                readable |= there
                if there:
                    self.seen.add(path.stat().st_ino)
                    if path in self._rotated():
                        self.seen_rotated.add(path.stat().st_ino)
        if self.folder.is_followed:
            self.folder.wait_for(lambda: not readable - Counter(self.folder.messages()))
        assert not readable - Counter(self.folder.messages()), "readable, and not stored"
        if self.must_be_told:
            if self.folder.is_followed:
                self.folder.wait_for(lambda: self.folder.gaps() != [])
            assert self.folder.gaps() != [], "lost, and not told"

    def _truncate(self) -> None:
        """Begin the file anew: what is written into it now was never seen, and may be destroyed untold."""
        self.seen.discard(self.app.stat().st_ino)
        os.truncate(self.app, 0)

    def _destroy(self, path: Path) -> None:
        """Note whether what is about to be destroyed holds lines that nobody has read, of a file that was seen.

        A rotated file is deleted as a rule: that lines were added to it after the last pass, a pass cannot know.
        """
        unread = Counter(self._lines_in(path)) - Counter(self.folder.messages())
        must_be_known = path.stat().st_ino in self.seen - self.seen_rotated
        if unread and must_be_known and not self.folder.is_followed and path.suffix != ".gz":
            self.must_be_told = True

    def _unlink(self, path: Path) -> None:
        """Remove a file; the next one may get its inode, and was not seen yet."""
        for seen in (self.seen, self.seen_rotated):
            seen.discard(path.stat().st_ino)
        path.unlink()

    @staticmethod
    def _lines_in(path: Path) -> list[str]:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return [line.split('"')[3] for line in data.decode().splitlines(keepends=True) if line.endswith('"}\n')]

    def _rotated(self) -> list[Path]:
        return sorted(self.folder.logs.glob("app.log.*"))

    def _rotated_name(self) -> Path:
        self.rotations += 1
        return self.folder.logs / f"app.log.{self.rotations}"

    def _line(self) -> str:
        self.written += 1
        return LINE % self.written


EXAMPLES = 300 if IS_THOROUGH else 15
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: each step waits for real collectors, and the steps that led to a fault are printed."""


def run(machine: type[LogsAndCollectors], examples: int) -> None:
    chosen = settings(max_examples=examples, stateful_step_count=30, deadline=None, phases=PHASES)
    machine.TestCase.settings = chosen
    machine.TestCase().runTest()


def test_any_sequence_collected_by_passes() -> None:
    class ByPasses(LogsAndCollectors):
        pass

    run(ByPasses, EXAMPLES)


def test_any_sequence_followed_by_a_loop(collector_host: CollectorHost) -> None:
    class ByALoop(LogsAndCollectors):
        host = collector_host

    run(ByALoop, EXAMPLES // 3)
