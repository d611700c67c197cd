"""The test ecosystem, and the certainty that nothing of it outlives its test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ecosystem.ecosystem import NODE, Ecosystem


@pytest.fixture
def ecosystem(tmp_path: Path) -> Iterator[Ecosystem]:
    made = Ecosystem(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="session", autouse=True)
def _tell_of_node() -> None:
    if NODE is None:
        print("node is not installed: a Python service stands in for the one in Node")  # noqa: T201 - aloud
