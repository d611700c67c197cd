"""The table of the README beside this file: every case once, each with tests that exist and say its number."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = range(1, 89)
_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(\w[\w/]*\.py)::(\w+)`")
_NUMBERS = re.compile(r"test_fault_((?:\d+_(?:to_)?)+)")


def numbers_of(test: str) -> set[int]:
    """Return the cases a test's name says it proves: ``test_fault_39_40_…``, ``test_fault_1_to_5_…``."""
    found = _NUMBERS.match(test)
    numbers: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:_to_(\d+))?", found[1] if found else ""):
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))


def rows() -> list[tuple[int, list[tuple[str, str]]]]:
    text = Path(__file__).with_name("README.md").read_text("utf-8")
    return [(int(number), _TEST.findall(proof)) for number, _, proof in _ROW.findall(text)]


def test_every_case_stands_in_the_table_once_with_a_proof() -> None:
    assert [number for number, _ in rows()] == list(CASES)
    assert [number for number, tests in rows() if not tests] == []


def test_every_proof_exists_and_names_its_case() -> None:
    for number, tests in rows():
        for file, test in tests:
            path = TESTS / file if "/" in file else TESTS / "faults" / file
            assert test in names_in(path), f"{number}: {file}::{test} does not exist"
            assert number in numbers_of(test), f"{number}: {test} does not name it"


def test_every_proof_here_stands_in_the_table() -> None:
    listed = {(number, test) for number, tests in rows() for _, test in tests}
    here = {test for path in TESTS.glob("faults/test_*.py") for test in names_in(path)}
    assert sorted({(number, test) for test in here for number in numbers_of(test)} - listed) == []
