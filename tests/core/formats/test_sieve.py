from __future__ import annotations

import pytest

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.catalog import samples, text_formats
from loglama_core.formats.sieve import sieve_of
from tests.core.formats.assembling import assembler

IN_VAIN = (
    b"2026-11-01 10:00:00 a layout of my own, and nobody knows it\n",
    b"[2026-11-01 10:00:00] (main) a layout of my own\n",
    b"a sentence that no format knows\n",
)


def test_the_sieve_lets_through_every_line_that_a_format_reads() -> None:
    formats = {each.name: each for each in text_formats()}
    checked = 0
    for name, sample in samples():
        line = sample["line"].split("\n")[0]
        each = formats.get(name)
        if each is None or each.compiled.match(line) is None:
            continue
        fitting = [other for other in formats.values() if not other.begins or line[0] in other.begins]
        assert sieve_of(fitting).match(line) is not None, (name, line)
        checked += 1
    assert checked > 400


@pytest.mark.parametrize("line", IN_VAIN)
def test_the_sieve_keeps_out_a_line_that_no_format_reads(line: bytes) -> None:
    text = line.decode().rstrip("\n")
    fitting = [each for each in text_formats() if not each.begins or text[0] in each.begins]
    assert sieve_of(fitting).match(text) is None


@pytest.mark.parametrize("line", IN_VAIN)
def test_a_source_whose_lines_were_long_tried_in_vain_reads_what_comes_as_another_does(line: bytes) -> None:
    """The same line once before and once after the sieve is made, of a source in whose layout nothing is known."""
    patient, new = assembler(), assembler()
    patient.feed(line * 600, 0)
    new.feed(line, 0)
    told_apart = 0
    for _, sample in samples():
        data = sample["line"].encode() + b"\n" + line
        for each in (patient, new):
            each._formats.forget()
            each.flush()
        assert rows_without_offset(patient, data) == rows_without_offset(new, data), data
        told_apart += 1
    assert told_apart > 400


def rows_without_offset(reader: RecordAssembler, data: bytes) -> list[tuple[object, ...]]:
    return [(*row[:6], *row[7:]) for row in reader.feed(data, 1 << 20) + reader.flush()]


def test_the_sieve_is_made_once_for_the_same_formats() -> None:
    assert sieve_of(text_formats()[:30]) is sieve_of(text_formats()[:30])
