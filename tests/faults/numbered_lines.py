"""The lines that most cases write, and the messages they become."""

from __future__ import annotations


def lines(first: int, last: int) -> str:
    return "".join(f'{{"level":"info","event":"line {number}"}}\n' for number in range(first, last + 1))


def expected(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


def by_number(messages: list[str]) -> list[str]:
    return sorted(messages, key=lambda text: int(text.split()[1]))
