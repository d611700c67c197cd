"""A user's own formats: the ``*.toml`` of a folder, checked one by one; a mistake in one disables that one only."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglama_core.formats.levels import severity_of_word
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.text_format import MACROS, TextFormat
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import level_name

if TYPE_CHECKING:
    from datetime import tzinfo

    from loglama_core.formats.catalog import FormatBlock

_KEYS = frozenset(field.name for field in fields(TextFormat)) - {"family", "is_own"} | {"rank", "sample"}
_SAMPLE_KEYS = frozenset({"line", "time", "level", "severity", "service", "logger", "message", "fields"})
_TYPES: dict[str, type] = {
    "name": str, "pattern": str, "begins": str, "time": str, "message": str, "levels": dict, "integers": list,
    "decimals": list, "multi_line": bool, "owns_below": bool, "json_message": bool, "known_only": bool, "rank": int,
    "sample": list,
}  # fmt: skip
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_STAMP_MACRO = re.compile(r"%\{(\w+)\}")
_PROBES = (" ", "a", "0", '"', "a=", "[", "-")
_PROBE_SIZES = (8, 12, 16, 18, 20, 22, 24, 26, 28, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
_SLOW_S = 0.1
"""What a line of at most 8 kB may take: patterns that walk it once take 0.1 ms."""


@dataclass(slots=True, frozen=True)
class FormatMistake:
    """Why a format of a user's folder is not used."""

    path: Path
    line: int
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path} line {self.line}: {self.name}: {self.reason}"


class _WrongError(Exception):
    """A table is no format. ``key``: the key of the line that says so."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def read_folder(folder: Path, known: Collection[str]) -> tuple[list[TextFormat], list[FormatMistake]]:
    """Return the formats of a folder, highest rank first, and what is wrong with the others.

    ``known``: names that are taken.
    """
    from loglama_core.formats.catalog import blocks

    taken = set(known)
    ranked: list[tuple[int, TextFormat]] = []
    mistakes: list[FormatMistake] = []
    if not folder.is_dir():
        return [], [FormatMistake(folder, 1, "formats", "there is no such folder")]
    for path in sorted(folder.glob("*.toml")):
        try:
            found = list(blocks(path))
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(FormatMistake(path, 1, path.stem, f"it cannot be read: {error}"))
            continue
        if not found:
            mistakes.append(FormatMistake(path, 1, path.stem, "it has no [[format]] table"))
        for block in found:
            try:
                rank, own = _read_block(block, taken)
            except _WrongError as error:
                mistakes.append(FormatMistake(path, _line_of(block, error.key), _name_in(block), str(error)))
            else:
                taken.add(own.name)
                ranked.append((rank, own))
    ranked.sort(key=lambda pair: -pair[0])
    return [own for _, own in ranked], mistakes


def _read_block(block: FormatBlock, taken: Collection[str]) -> tuple[int, TextFormat]:
    import tomllib

    from loglama_core.formats.catalog import text_format

    try:
        table = block.values(samples=True)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        raise _WrongError(f"#{place[1]}" if place else "", _PLACE.sub("", str(error)).strip()) from error
    _check_keys(table, taken)
    samples = table.get("sample", [])
    rank, own = text_format(block.path.stem, dict(table))
    own = replace(own, is_own=True)
    if own.time is None and len(stamps := [name for name in _macros(own.pattern) if name in STAMP_PATTERNS]) == 1:
        own = replace(own, time=stamps[0])
    _check_pattern(own)
    for number, sample in enumerate(samples, start=1):
        _check_sample(own, number, sample)
    _check_speed(own, [sample["line"] for sample in samples])
    return rank, own


def _check_keys(table: dict[str, Any], taken: Collection[str]) -> None:
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise _WrongError(key, f"unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
        if type(value) is not _TYPES[key]:
            raise _WrongError(key, f"{key} is no {_TYPES[key].__name__}")
    for key in ("name", "pattern"):
        if not table.get(key):
            raise _WrongError("", f"it has no {key}")
    if table["name"] in taken:
        raise _WrongError("name", "this name is taken")
    _check_values(table)


def _check_values(table: dict[str, Any]) -> None:
    for text, word in table.get("levels", {}).items():
        if not isinstance(word, str) or not severity_of_word(word):
            raise _WrongError("levels", f"{text} = {word!r} names no level")
    if (form := table.get("time")) is not None and form not in STAMP_PATTERNS:
        raise _WrongError("time", f"{form!r} is no form of a stamp; there are {', '.join(STAMP_PATTERNS)}")
    for sample in table.get("sample", []):
        if not isinstance(sample.get("line"), str) or not sample["line"]:
            raise _WrongError("sample", "a sample has no line")
        if unknown := sample.keys() - _SAMPLE_KEYS:
            raise _WrongError("sample", f"a sample has an unknown key {min(unknown)!r}")


def _macros(pattern: str) -> list[str]:
    return _STAMP_MACRO.findall(pattern)


def _check_pattern(own: TextFormat) -> None:
    for name in _macros(own.pattern):
        if name not in MACROS:
            raise _WrongError("pattern", f"there is no %{{{name}}}; there are {', '.join(MACROS)}")
    try:
        groups = own.compiled.groupindex
    except re.error as error:
        raise _WrongError("pattern", f"the pattern is no regular expression: {error}") from error
    if "message" not in groups and "wrapped" not in groups and own.message is None:
        raise _WrongError("pattern", "the pattern has no group message")
    if (own.time is not None) != ("time" in groups):
        raise _WrongError("pattern", "time and the group time belong together; %{iso} and the like are such groups")
    for name in _template_names(own.message or ""):
        if name not in groups:
            raise _WrongError("message", f"the pattern has no group {name!r}")


def _template_names(template: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"\{(\w*)\}", template))


def _check_sample(own: TextFormat, number: int, sample: dict[str, Any], zone: tzinfo | None = None) -> None:
    import json
    from datetime import UTC

    stamps = StampReader(zone or UTC, time.time_ns())
    first, *_ = sample["line"].split("\n")
    key = f"sample {number}"
    if own.begins and first[:1] not in own.begins:
        raise _WrongError(key, f"begins does not hold {first[:1]!r}, with which the sample begins")
    parsed = own.bind(stamps, lambda *_wrapped: None)(first)
    if parsed is None:
        raise _WrongError(key, "the pattern does not match the sample")
    time_ns, severity, service, logger, message, stored, _ = parsed
    read = {
        "level": level_name(severity), "severity": severity, "service": service, "logger": logger, "message": message,
        "fields": json.loads(stored or "{}"),
    }  # fmt: skip
    if "time" in sample and stamps.text(str(sample["time"])) != time_ns:
        raise _WrongError(key, f"time is not read as {sample['time']}")
    for name, expected in sample.items():
        if name in read and read[name] != expected:
            raise _WrongError(key, f"{name} is read as {read[name]!r}, not {expected!r}")


def _check_speed(own: TextFormat, lines: list[str]) -> None:
    """Refuse a pattern that takes ever longer on a line that almost matches: it would stop the collector."""
    match = own.compiled.match
    starts = {line[: len(line) * part // 40] for line in lines[:2] for part in range(40)} | {""}
    for start in starts:
        for probe in _PROBES:
            for size in _PROBE_SIZES:
                begin = time.perf_counter()
                match(start + probe * (size // len(probe)) + "\r")
                if time.perf_counter() - begin > _SLOW_S and _is_slow(
                    match, start + probe * (size // len(probe)) + "\r"
                ):
                    raise _WrongError(
                        "pattern", f"the pattern takes too long on lines such as {start[:20] + probe * 3!r}…"
                    )


def _is_slow(match: Any, line: str) -> bool:
    begin = time.process_time()  # the first look may have waited for another program
    match(line)
    return time.process_time() - begin > _SLOW_S


def _name_in(block: FormatBlock) -> str:
    named = re.search(r"^name\s*=\s*[\"']([^\"'\n]{1,64})", block.text, re.MULTILINE)
    return named[1] if named else "format"


def _line_of(block: FormatBlock, key: str) -> int:
    """Return the line of a key; ``#3`` is the third of the block, ``sample 2`` the second sample."""
    if key.startswith("#"):
        return block.line + int(key[1:]) - 1
    number = 1
    pattern = rf"^{re.escape(key)}\s*="
    if key.startswith("sample"):
        pattern = r"^\[\[format\.sample\]\]"
        number = int(key[7:] or 1)
    found = list(re.finditer(pattern, block.text, re.MULTILINE)) if key else []
    return block.line + (block.text.count("\n", 0, found[number - 1].start()) if len(found) >= number else 0)
