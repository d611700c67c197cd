"""The formats that are data: ``catalog/*.toml`` and a user's own folder, read when the first line of text asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.formats.own_folder import used_folder
from loglama_core.formats.text_format import TextFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.formats.own_formats import FormatMistake

RESERVED = frozenset({"json", "logfmt", "columns", "stamped", "auto"})
"""Names of formats that are no patterns."""
CATALOG_FOLDER = Path(__file__).parent / "catalog"
_HEADER = re.compile(r"^\[\[format\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_PLAIN = re.compile(
    r"""([a-z_]+) = (?:'([^'\x00-\x1f]*)'|("[^"\\\x00-\x1f]*"|-?(?:0|[1-9]\d*)|true|false|\["[^\\]*"\]|\[\])"""
    r"""|(\{ (?:(?:"[^"\\]*"|[\w-]+) = "[^"\\]*"(?:, )?)+ \}))"""
)
_PLAIN_PAIR = re.compile(r'(?:"([^"]*)"|([\w-]+)) = "([^"]*)"')
_SAMPLES = "\n[[format.sample]]"


@dataclass(slots=True, frozen=True)
class FormatBlock:
    """The text of one ``[[format]]`` table. ``line``: of its header in the file, from 1."""

    path: Path
    line: int
    text: str

    def values(self, *, samples: bool) -> dict[str, Any]:
        """Return the table, with its samples (three times as slow) or without.

        Raises ``tomllib.TOMLDecodeError``.
        """
        text = self.text if samples else self.text.partition(_SAMPLES)[0]
        if not samples and (plain := _plain_values(text)) is not None:
            return plain
        import tomllib

        (table,) = tomllib.loads(text)["format"]
        return dict(table)


def _plain_values(text: str) -> dict[str, Any] | None:
    """Return the table of a block of plain lines, of texts, numbers, truths, lists, flat tables; else ``None``.

    Which nearly all are: TOML's parser takes 60 us a block, and three hundred are read before the first line of text.
    """
    values: dict[str, Any] = {}
    for line in text.split("\n")[1:]:
        if not line:
            continue
        found = _PLAIN.fullmatch(line)
        if found is None:
            return None
        key, literal, other, pairs = found.groups()
        if pairs is not None:
            values[key] = {quoted or bare: value for quoted, bare, value in _PLAIN_PAIR.findall(pairs)}
        else:
            values[key] = literal if other is None else orjson.loads(other)
    return values


def blocks(path: Path) -> Iterator[FormatBlock]:
    """Yield the tables of a file one by one, so that a mistake in one costs no other."""
    text = path.read_text(encoding="utf-8")
    headers = [match.start() for match in _HEADER.finditer(text)]
    for start, end in pairwise([*headers, len(text)]):
        yield FormatBlock(path, text.count("\n", 0, start) + 1, text[start:end])


def text_format(family: str, table: dict[str, Any]) -> tuple[int, TextFormat]:
    """Return the rank and the format of a table."""
    rank = table.pop("rank", 0)
    table.pop("sample", None)
    integers, decimals = frozenset(table.pop("integers", ())), frozenset(table.pop("decimals", ()))
    return rank, TextFormat(family=family, integers=integers, decimals=decimals, **table)


@cache
def _built_in() -> tuple[TextFormat, ...]:
    ranked = [
        text_format(path.stem, block.values(samples=False))
        for path in sorted(CATALOG_FOLDER.glob("*.toml"))
        for block in blocks(path)
    ]
    ranked.sort(key=lambda pair: -pair[0])
    return tuple(each for _, each in ranked)


@cache
def _own(folder: Path | None) -> tuple[tuple[TextFormat, ...], tuple[FormatMistake, ...]]:
    if folder is None:
        return (), ()
    from loglama_core.formats.own_formats import read_folder

    own, mistaken = read_folder(folder, RESERVED | {each.name for each in _built_in()})
    return tuple(own), tuple(mistaken)


def text_formats() -> tuple[TextFormat, ...]:
    """Return every format: the user's own first, then those with the higher ``rank``, then as the files have them.

    The user's folder (``own_folder``) is read once in the life of a process.
    """
    return _own(used_folder())[0] + _built_in()


def mistakes() -> tuple[FormatMistake, ...]:
    """Return what is wrong in the user's folder: each disables the one format that it is in."""
    return _own(used_folder())[1]


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name of the format, sample) for every sample of the catalog."""
    for path in sorted(CATALOG_FOLDER.glob("*.toml")):
        for block in blocks(path):
            table = block.values(samples=True)
            for sample in table.get("sample", ()):
                yield table["name"], sample
