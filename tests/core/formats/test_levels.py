from __future__ import annotations

import pytest

from loglama_core.formats.levels import (
    severity_of_number,
    severity_of_python,
    severity_of_status,
    severity_of_syslog,
    severity_of_word,
)


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("trace TRACE Trace TRC", 1),
        ("debug DEBUG D dbg 20", 5),
        ("info INFO I Informational INFORMATION 30 6", 9),
        ("notice NOTICE 5 SUCCESS", 10),
        ("warn WARN W warning Warning wrn 40 4 [WARN] WARN:", 13),
        ("error ERR E err severe 50 3", 17),
        ("crit CRITICAL C fatal FATAL F emerg alert panic 60 0 1 2", 21),
        ("warn2", 14),
        ("SEVERITY_NUMBER_ERROR", 17),
        ("lorem ipsum 99999 ١٢ - x", 0),
    ],
)
def test_every_spelling_of_a_level(words: str, severity: int) -> None:
    for word in words.split():
        assert severity_of_word(word) == severity, word


def test_levels_between_keep_their_rank() -> None:
    assert severity_of_word("Level 25") == severity_of_python(25) == 11
    assert [severity_of_python(number) for number in (0, 10, 20, 30, 40, 50, 999)] == [0, 5, 9, 13, 17, 21, 24]
    assert [severity_of_number(number) for number in (10, 20, 30, 35, 40, 50, 60, 70, -1)] == [
        1, 5, 9, 11, 13, 17, 21, 0, 0,
    ]  # fmt: skip
    assert [severity_of_syslog(number) for number in (34, 165, 14)] == [21, 10, 9]
    assert [severity_of_status(number) for number in (200, 304, 404, 503)] == [9, 9, 13, 17]
