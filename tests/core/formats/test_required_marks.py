from __future__ import annotations

import pytest

from loglama_core.formats.catalog import samples, text_formats
from loglama_core.formats.required_marks import marks_of, required_marks


def test_every_sample_holds_the_marks_that_its_pattern_requires() -> None:
    required = {each.name: each.marks for each in text_formats()}
    lines = [(name, sample["line"].split("\n")[0]) for name, sample in samples()]
    assert [(name, line) for name, line in lines if required[name] & ~marks_of(line)] == []
    assert sum(marks > 0 for marks in required.values()) > len(required) // 2


@pytest.mark.parametrize(
    ("pattern", "marks"),
    [
        (r"%{iso} \[%{level}\] (?P<message>.*)", "1:[]"),
        (r"%{epoch}? a%", "%"),
        (r"\d{0,2}\d*a\d?", ""),
        (r"a\d{1,2}", "1"),
        (r"(?P<level>\d:) a:?", "1:"),
        (r"(?:a(?P<level>\d:)?=|b) (?!#)(?<!@)", ""),
        (r"(?:\[x\] )?\|(?:a#(?P<b>;|~)){1,2}", "|#"),
        (r"\[?a\]{0,2}<*>+", ">"),
        (r"[\[(]a=b{1,3}", "="),
        (r"a#|b", ""),
        (r"a\tb(?=\])", "\t"),
    ],
)
def test_only_what_stands_in_every_line_is_required(pattern: str, marks: str) -> None:
    assert required_marks(pattern) == marks_of(marks)
