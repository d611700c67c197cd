"""Lines of a layout that no format knows ask no format more once enough of them did in vain."""

from __future__ import annotations

import pytest

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.detection import FormatDetector
from loglama_core.formats.unlisted_layouts import UnlistedLayouts
from loglama_core.model import RecordRow
from tests.core.formats.assembling import assembler, rows_of

UNLISTED = "2026-03-04 05:06:07 my own layout says {}"
ACCESS = '10.0.0.1 - - [04/Mar/2026:05:06:08 +0000] "GET /till HTTP/1.1" 200 12'
PYTHON = "2026-03-04 05:06:09,089 - shop.till - ERROR - drawer 3 does not open"
UPPER = "2026-03-04 05:06:10 WARNING layout says no"


def whole_and_line_by_line(data: bytes) -> tuple[list[RecordRow], list[RecordRow]]:
    def fed(reader: RecordAssembler, blocks: list[bytes]) -> list[RecordRow]:
        rows: list[RecordRow] = []
        offset = 0
        for block in blocks:
            rows += reader.feed(block, offset)
            offset += len(block)
        return rows + reader.flush()

    return fed(assembler(), [data]), fed(assembler(), data.splitlines(keepends=True))


def test_what_is_known_of_a_layout_changes_no_row() -> None:
    lines = [UNLISTED.format(number) for number in range(200)]
    lines += [PYTHON, ACCESS, UPPER, *lines[:40], f"{UPPER} 2", PYTHON, *lines[:40], ACCESS, "  indented"]
    whole, one_by_one = whole_and_line_by_line("".join(f"{line}\n" for line in lines).encode())
    assert whole == one_by_one
    alone = {line: rows_of(f"{line}\n")[0] for line in lines}
    told = [(row[0], row[1], row[3], row[4].split("\n")[0]) for row in whole]
    stamped = [line for line in lines if line[0] in "12"]
    assert told == [(alone[line][0], alone[line][1], alone[line][3], alone[line][4]) for line in stamped]


def test_a_layout_is_known_after_16_lines_and_never_once_a_format_read_one() -> None:
    layouts = UnlistedLayouts()
    for number in range(16):
        assert not layouts.holds(UNLISTED.format("new"))
        layouts.note(UNLISTED.format(number), in_vain=True)
    assert layouts.holds(UNLISTED.format("another"))
    assert not layouts.holds(UPPER)
    assert not layouts.holds(UNLISTED.format('"quoted"'))
    layouts.note(UNLISTED.format(17), in_vain=False)
    for _ in range(40):
        layouts.note(UNLISTED.format(18), in_vain=True)
    assert not layouts.holds(UNLISTED.format(19))


def test_no_format_is_asked_of_a_layout_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = assembler()
    data = "".join(f"{UNLISTED.format(number)}\n" for number in range(100)).encode()
    reader.feed(data, 0)

    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(FormatDetector, "_fit_closely", asked)
    assert len(reader.feed(data, len(data))) == 100
