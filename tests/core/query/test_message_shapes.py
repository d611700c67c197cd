"""Alike messages get one shape; on lines that people have grouped, mostly the same groups."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
import regex

from loglama_core.query.message_shape import masked, shape_query
from loglama_core.query.parser import parse_query
from loglama_core.query.query_text import query_text
from loglama_core.query.shape_tree import ShapeTree
from loglama_core.query.tree import Pattern

LOGHUB = Path(__file__).parents[4] / "shared" / "corpus" / "loghub"
ACCURACY = {
    "Apache": 1.0, "HDFS": 0.99, "Hadoop": 0.96, "Linux": 0.68, "OpenSSH": 0.92, "Spark": 0.92, "Windows": 0.99,
    "Zookeeper": 0.98,
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("took 17 ms", "took <n> ms"),
        ("took -3.5e7ms of 12,000", "took <n>e<n>ms of <n>"),
        ("from 10.0.0.1:8080", "from <n>"),
        ("blk_-1608999687919862906 done", "blk_<n> done"),
        ("user 'Ann Lee' said \"hi 5\"", "user <quoted> said <quoted>"),
        ("it isn't 'x'", "it isn't <quoted>"),
        ("GET /api/v1/items/77?x=1 200", "GET <path>?x=<n> <n>"),
        ("see https://x.y/z?a=1, please", "see <url>, please"),
        ("id 3fa85f64-5717-4562-b3fc-2c963f66afa6", "id <id>"),
        ("commit deadbeef42 at 0x7ffd", "commit <id> at <id>"),
        ("decade cafe", "decade cafe"),
        ("C:\\temp\\x.txt missing", "<path> missing"),
        ("first line\nsecond 2", "first line"),
        ("", ""),
    ],
)
def test_what_changes_is_masked(message: str, expected: str) -> None:
    assert masked(message) == expected


def test_words_that_differ_become_wildcards() -> None:
    tree = ShapeTree()
    shapes = {
        id(shape): shape
        for user in ("root", "ann", "bob")
        for shape in [tree.add(f"session opened for user {user} by admin 7 now")]
    }
    (shape,) = shapes.values()
    assert shape.text == "session opened for user <*> by admin <n> now"
    assert tree.add("session closed") is not shape


def test_a_word_that_was_the_same_often_enough_is_no_value() -> None:
    tree = ShapeTree()
    usual = {id(tree.add(f"session {number} was opened by the agent")) for number in range(300)}
    assert len(usual) == 1
    assert tree.add("session 7 was opened by the agent").text == "session <n> was opened by the agent"
    assert tree.add("session 7 was opened by the installer").text == "session <n> was opened by the installer"
    early = ShapeTree()
    assert early.add("session 7 was opened by the agent") is early.add("session 7 was opened by the installer")


@pytest.mark.parametrize(
    ("message", "unlike"),
    [
        ("took 17 ms", "took long ms"),
        ("user 'Ann Lee' (5) *left* [x] {y} a|b ^$", "user 'Ann Lee' (5) *left* [x] {y} a|c ^$"),
        ("GET /api/v1/items/77 200", "GET items 200"),
        ("connect https://x.y/z?a=1 failed\nTraceback", "connect nowhere failed\nTraceback"),
        ("commit deadbeef42", "commit deadbeef42 again"),
        (" two  spaces 1", "two spaces"),
        ("C:\\temp\\x.txt missing", "D missing"),
    ],
)
def test_the_query_of_a_shape_finds_its_messages_only(message: str, unlike: str) -> None:
    query = shape_query(ShapeTree().add(message).text)
    assert isinstance(query, Pattern)
    assert regex.search(query.pattern, message)
    assert not regex.search(query.pattern, unlike)
    assert parse_query(query_text(query)) == query


def test_a_long_shape_still_makes_a_query() -> None:
    message = " ".join(f"word{number}x" for number in range(200))
    query = shape_query(masked(message))
    assert isinstance(query, Pattern)
    assert len(query.pattern) <= 500
    assert regex.search(query.pattern, message)


def test_shapes_are_bounded() -> None:
    tree = ShapeTree()
    words = [f"{a}{b}{c}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst" for c in "abcdefghijklmnop"]
    assert len({id(tree.add(word)) for word in words}) == 5_001


@pytest.mark.skipif(not LOGHUB.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("name", ACCURACY)
def test_groups_are_those_that_people_made(name: str) -> None:
    """A line counts as right if its group holds exactly the lines of its true group."""
    with (LOGHUB / f"{name}_2k.log_structured.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tree = ShapeTree()
    found, true = defaultdict(set), defaultdict(set)
    for number, row in enumerate(rows):
        found[id(tree.add(row["Content"]))].add(number)
        true[row["EventId"]].add(number)
    right = sum(len(group) for group in found.values() if group == true[rows[next(iter(group))]["EventId"]])
    assert right / len(rows) >= ACCURACY[name]
