"""The table of security cases beside this file is whole, and each case is proved by tests that exist and name it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("README.md")
CASES = 32
_NAMED = re.compile(r"security_(\d+_to_\d+_|(?:\d+_)+)")
_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def cases_of(name: str) -> set[int]:
    """Return the cases that a test's name tells: ``security_1_3_…``, ``security_1_to_7_…``."""
    found = _NAMED.search(name)
    if found is None:
        return set()
    words = [word for word in found[1].split("_") if word]
    if "to" in words:
        return set(range(int(words[0]), int(words[2]) + 1))
    return {int(word) for word in words}


def naming_tests() -> dict[tuple[str, str], set[int]]:
    found = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (cases := cases_of(node.name)):
                found[str(path.relative_to(ROOT)), node.name] = cases
    return found


def table() -> dict[int, set[tuple[str, str]]]:
    return {int(number): set(_TEST.findall(tests)) for number, tests in _ROW.findall(TABLE.read_text())}


def test_every_case_is_proved_by_a_test_that_names_it() -> None:
    rows, tests = table(), naming_tests()
    assert sorted(rows) == list(range(1, CASES + 1))
    for number, named in rows.items():
        assert named, f"case {number} is proved by no test"
        for test in named:
            assert number in tests.get(test, ()), f"case {number}: {'::'.join(test)} is not there or names another case"


def test_no_test_names_a_case_that_there_is_not() -> None:
    for test, cases in naming_tests().items():
        assert cases <= set(range(1, CASES + 1)), "::".join(test)
