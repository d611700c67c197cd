from __future__ import annotations

import json
import time

import pytest

from loglama_core.formats.stack_traces import exception_of
from tests.core.formats.assembling import rows_of

TRACES = {
    "python": (
        (
            'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    g()\nKeyError: 3\n\n'
            "During handling of the above exception, another exception occurred:\n\n"
            'Traceback (most recent call last):\n  File "/srv/b.py", line 19, in work\nshop.errors.TillError: stuck'
        ),
        ("shop.errors.TillError", "/srv/b.py:19 in work"),
    ),
    "python-note": (
        'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: bad\nseen at: till 3',
        ("ValueError", "a.py:1 in <module>"),
    ),
    "python-group": (
        (
            '  + Exception Group Traceback (most recent call last):\n  |   File "a.py", line 1, in f\n'
            "  | ExceptionGroup: several (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n"
            '    | Traceback (most recent call last):\n    |   File "b.py", line 2, in g\n    | KeyError: 1\n    +-'
        ),
        ("KeyError", "b.py:2 in g"),
    ),
    "java": (
        (
            'Exception in thread "main" java.lang.IllegalStateException: stuck\n\tat shop.Till.open(Till.java:47)\n'
            "\tat shop.Main.main(Main.java:3)\nCaused by: java.io.IOException: no key\n\t... 3 more"
        ),
        ("java.lang.IllegalStateException", "Till.java:47 in shop.Till.open"),
    ),
    "ruby-logger": (
        "drawer is stuck (Shop::TillError)\n/srv/till.rb:47:in `open'\n/srv/main.rb:3:in `<main>'",
        ("Shop::TillError", "/srv/till.rb:47 in open"),
    ),
    "dotnet": (
        (
            "Unhandled exception. System.InvalidOperationException: stuck\n"
            "   at Shop.Till.Open(Int32 drawer) in /src/Till.cs:line 47\n   at Shop.Program.Main()"
        ),
        ("System.InvalidOperationException", "/src/Till.cs:line 47 in Shop.Till.Open(Int32 drawer)"),
    ),
    "node": (
        "TypeError: Cannot read properties of undefined\n    at open (/srv/till.js:47:12)\n    at /srv/main.js:3:1",
        ("TypeError", "/srv/till.js:47:12 in open"),
    ),
    "go": (
        "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.open(0x3)\n\t/srv/till.go:47 +0x1d",
        ("panic", "/srv/till.go:47 in main.open"),
    ),
    "ruby": (
        "till.rb:47:in `open': stuck (Shop::TillError)\n\tfrom main.rb:3:in `<main>'",
        ("Shop::TillError", "till.rb:47 in open"),
    ),
    "php": (
        "PHP Fatal error:  Uncaught Shop\\TillError: stuck in /srv/till.php:47\nStack trace:\n#0 /srv/a.php(3): f()",
        ("Shop\\TillError", "/srv/till.php:47"),
    ),
    "rust": (
        "thread 'main' panicked at src/till.rs:47:5:\nstuck\nstack backtrace:\n   0: rust_begin_unwind",
        ("panicked", "src/till.rs:47:5"),
    ),
}


@pytest.mark.parametrize("language", TRACES)
def test_type_and_place_of_an_exception_become_fields(language: str) -> None:
    trace, (name, frame) = TRACES[language]
    assert exception_of(trace) == {"type": name, "frame": frame}
    before, after = "2026-11-01 10:00:00,123 - app - ERROR - till is stuck", "2026-11-01 10:00:01,000 - app - INFO - up"
    row, following = rows_of(f"{before}\n{trace}\n{after}\n")
    assert row[4] == f"till is stuck\n{trace}"
    assert json.loads(row[5] or "{}").get("exception") == {"type": name, "frame": frame}
    assert following[4] == "up"


def test_text_of_several_lines_that_is_no_trace_tells_of_no_exception() -> None:
    for text in ("a\n at home\n", "look at (this)\n#0 is the first\n", "Traceback (most recent call last):\nnothing"):
        assert exception_of(text) is None


def test_a_near_trace_of_100_kb_is_read_in_linear_time() -> None:
    for unit in (
        "\n\tat ",
        " at a.b(",
        '\n  File "x", line 1, in ',
        "\ngoroutine 1 [x]\n",
        "a:1:in `",
        "\n#0 ",
        "A: ",
        "x",
    ):
        for marker in ("", "Traceback (most recent call last)", "goroutine ", "panicked at ", "\n#0 ", ":in ", "\tat "):
            for size in (1_000, 10_000, 100_000):
                started = time.process_time()
                exception_of(marker + unit * (size // len(unit)))
                assert time.process_time() - started < 2.0, (unit, marker, size)
