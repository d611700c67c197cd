"""Feeds the assembler bytes that atheris (libFuzzer) makes up, guided by the code they reach: ``nox -s fuzz``.

A line that raises, hangs, loses its place or cannot be stored ends the run; libFuzzer leaves it in ``crash-…``.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["loglama_core.formats"]):
    from loglama_core.formats.assembler import RecordAssembler
    from loglama_core.formats.catalog import samples

_HANG_S = 20
_MARKED = Path(__file__).parents[1] / "core/formats/marked"


def _rows(blocks: list[bytes]) -> list[tuple[object, ...]]:
    assembler = RecordAssembler(
        service="own", format_name=None, zone=UTC, max_message=2000, fallback_time_ns=10**18, previous_time_ns=None
    )
    rows: list[tuple[object, ...]] = []
    offset = 0
    for block in blocks:
        rows += assembler.feed(block, offset)
        offset += len(block)
    return rows + assembler.flush()


def one_input(data: bytes) -> None:
    """Read the bytes at once and line by line: the records are the same, in order, and hold only what can be stored."""
    if not data.endswith(b"\n"):
        data += b"\n"
    rows = _rows([data])
    if rows != _rows(data.splitlines(keepends=True)) and b"\r" not in data and not set(data) & set(b"\x0b\x0c"):
        raise AssertionError("the records depend on how the lines were cut into blocks")
    starts = [row[6] for row in rows]
    if starts != sorted(set(starts)):  # type: ignore[type-var]
        raise AssertionError("records are out of order")
    for row in rows:
        for value in row:
            if isinstance(value, str):
                value.encode()
                if "\0" in value:
                    raise AssertionError("a text with NUL cannot be searched")


def _seeds() -> Iterator[str]:
    """Yield the samples of the catalogue, and the logs of several records that are marked by hand."""
    for _, sample in samples():
        yield sample["line"]
    for path in sorted(_MARKED.glob("*.txt")):
        for log in path.read_text(encoding="utf-8").split("=== ")[1:]:
            yield re.sub("(?m)^.¦|[«»‹›]", "", log.partition("\n")[2]).rstrip("\n")


def main() -> None:
    """Fuzz for the seconds given (60), beginning with whole logs of every kind."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(_seeds()):
            Path(folder, f"{number}").write_bytes(seed.encode() + b"\n")
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", f"-timeout={_HANG_S}", folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
