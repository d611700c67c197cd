"""Everything that is run over this project: ``nox`` for the lot, ``nox -s NAME`` for one, ``nox -l`` for the list."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nox

OLDEST_SUPPORTED = (3, 11)
CONSTRAINTS = ("-c", "constraints.txt")
UNTIMED = ("--timeout", "0")
PYENV_ROOT = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))

nox.options.sessions = ["tests", "lint", "types", "architecture"]
nox.options.reuse_venv = "yes"


def _interpreters() -> Iterator[tuple[tuple[int, int], Path]]:
    """Yield version and path of every CPython at hand that is new enough and complete (a pyenv shim may be hollow)."""
    folders = [Path(sys.executable).parent, *map(Path, os.environ.get("PATH", "").split(os.pathsep))]
    candidates = [path for folder in folders for path in sorted(folder.glob("python3.*"))]
    candidates += sorted(PYENV_ROOT.glob("versions/*/bin/python3.*"))
    seen = set()
    for path in candidates:
        name = re.fullmatch(r"python(3)\.(\d+)", path.name)
        version = (int(name[1]), int(name[2])) if name else (0, 0)
        if version < OLDEST_SUPPORTED or version in seen:
            continue
        probe = "import sqlite3, ssl, zlib, sys; sys.exit(sys.implementation.name != 'cpython')"
        if subprocess.run([path, "-c", probe], check=False, capture_output=True).returncode == 0:
            seen.add(version)
            yield version, path


def _oldest_and_newest() -> list[str]:
    """Return the versions to test on, one or two, and make nox find exactly the interpreters they were found with."""
    found = dict(_interpreters())
    if not found:
        sys.exit("error: no Python 3.11 or newer found\nhint: install one (Debian 12 and later bring it), or use pyenv")
    chosen = sorted({min(found), max(found)})
    folders = [str(found[version].parent) for version in chosen]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", "")])
    return [f"{major}.{minor}" for major, minor in chosen]


PYTHONS = _oldest_and_newest()


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on the oldest and the newest Python at hand; arguments go to pytest."""
    # Not editable: the commands that tests start then prove that every grammar, style and catalogue is in the wheel.
    session.install(".[test]", *CONSTRAINTS)
    # A file's tests stay together: what they share (a filled store, a started program) is made once. Most wait for
    # other processes: two use a third of two processors, so there are twice as many workers as processors.
    workers = str(2 * (os.cpu_count() or 1))
    # In the order of their names: by their number of tests the slowest file came last, and three workers waited for it.
    order = ("--dist", "loadfile", "--no-loadscope-reorder")
    session.run("pytest", "-n", workers, *order, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout of the code."""
    session.install("ruff", *CONSTRAINTS)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types."""
    session.install(".[test]", "mypy", "nox", *CONSTRAINTS)
    session.run("mypy")


@nox.session
def architecture(session: nox.Session) -> None:
    """Check who imports whom."""
    session.install("import-linter", *CONSTRAINTS)
    session.run("lint-imports")


@nox.session
def screenshots(session: nox.Session) -> None:
    """Draw ``screenshots/*.svg`` from the demo."""
    session.install(".[test]", *CONSTRAINTS)
    session.run("python", "-m", "screenshots.take_screenshots", *session.posargs)


@nox.session
def recording(session: nox.Session) -> None:
    """Record half a minute of the demo in a terminal: ``screenshots/recording.cast`` and ``.svg``."""
    session.install(".[test]", *CONSTRAINTS)
    session.run("python", "-m", "screenshots.record_terminal")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; every answer is checked before its time counts."""
    session.install(".[test]", *CONSTRAINTS)
    session.run("pytest", "tests/bench", "-s", *UNTIMED, *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Run the tests that take minutes: kill -9 in the midst of rotations, memory over time, 1,000 made-up examples."""
    session.install(".[test]", *CONSTRAINTS)
    chosen = ("-m", "soak or hypothesis", "-s")
    session.run("pytest", "tests", *chosen, *UNTIMED, *session.posargs, env={"LOGLAMA_HYPOTHESIS": "thorough"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Feed the formats made-up bytes for a minute, or the seconds given: ``nox -s fuzz -- 600``."""
    session.install(".", "atheris", *CONSTRAINTS)
    session.run("python", "tests/fuzz/fuzz_formats.py", *session.posargs)
