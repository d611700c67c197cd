from __future__ import annotations

import pytest

from loglama_core.amounts import age, byte_size, counted, duration

NOW_NS = 1_793_530_625_137_000_000


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (9_960_000, "10 MB"),
        (999_600_000, "1.0 GB"),
        (61_000_000_000, "61 GB"),
        (10**18, "1000 PB"),
    ],
)
def test_bytes_are_said_in_their_largest_unit(number: int, text: str) -> None:
    assert byte_size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (59, "59 s ago"), (240, "4 m ago"), (7200, "2 h ago"), (86_400 * 9, "9 d ago"), (-7200, "in 2 h")],
)
def test_an_age_is_said_in_its_largest_unit(seconds: int, text: str) -> None:
    assert age(NOW_NS - seconds * 10**9, NOW_NS) == text


def test_years_are_the_largest_unit() -> None:
    assert duration(86_400 * 365 * 56) == "56 y"


def test_a_number_of_things_is_told_in_words() -> None:
    assert [counted(number, "source") for number in (0, 1, 2, 1200)] == [
        "0 sources", "1 source", "2 sources", "1,200 sources",
    ]  # fmt: skip
