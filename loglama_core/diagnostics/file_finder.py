"""The files there are to collect, as far as their file systems answer: a diagnosis that hangs tells nobody anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from loglama_core.collector.discovery import Candidate, Discovery
from loglama_core.collector.remote_mounts import RemoteMounts
from loglama_core.collector.remote_scan import UNANSWERED
from loglama_core.config.settings import Settings

_ANSWER_S = 2.0
_ASK = "import os, sys; os.statvfs(sys.argv[1])"


@dataclass(slots=True, frozen=True)
class FoundFiles:
    """The files there are to collect, and why others cannot be looked at (path -> reason)."""

    candidates: tuple[Candidate, ...]
    problems: Mapping[str, str]


class FileFinder:
    """Finds what a scan would find, but asks a remote file system first whether it is there, once in its life."""

    def __init__(self) -> None:
        self._answers: dict[str, bool] = {}

    def find(self, settings: Settings, services: Collection[str] | None = None) -> FoundFiles:
        """Look at every file there is to collect, of these services or of all."""
        with RemoteMounts() as mounts:
            local = Discovery(settings, services, mounts=mounts)
            candidates, problems = list(local.candidates()), dict(local.problems)
            for mount in sorted(local.elsewhere):
                if self._does_answer(mount):
                    there = Discovery(settings, services, mounts=mounts, mount=mount)
                    candidates += there.candidates()
                    problems |= there.problems
                else:
                    problems[mount] = UNANSWERED
        return FoundFiles(tuple(candidates), problems)

    def _does_answer(self, mount: str) -> bool:
        if mount not in self._answers:
            # Another process asks: the kernel would not let one end that waits for an answer, nor its threads.
            asking = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-S", "-c", _ASK, mount], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                asking.wait(_ANSWER_S)
                self._answers[mount] = True  # what it answers, be it an error, is for whoever looks at the files
            except subprocess.TimeoutExpired:
                asking.kill()
                self._answers[mount] = False
        return self._answers[mount]
