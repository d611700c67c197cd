from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest

from loglama_tui.cli.commands.logs import _KEPT_RECORDS
from tests.cli.conftest import START_NS, FilledStore, Program, row

pytestmark = pytest.mark.usefixtures("store")


def messages(program: Program, *arguments: str) -> list[str]:
    result = program.run("logs", *arguments)
    assert result.code in {0, 1}, result.err
    return [values["message"].split("\n")[0] for values in result.objects]


def test_of_the_newest_the_oldest_comes_first(program: Program) -> None:
    assert messages(program, "--limit", "3") == ["request finished", "shutting down", "an hour later"]
    assert messages(program)[0] == "request finished"
    assert len(messages(program)) == 8


def test_order_newest_and_oldest(program: Program) -> None:
    assert messages(program, "--limit", "2", "--order", "newest") == ["an hour later", "shutting down"]
    assert messages(program, "--limit", "2", "--order", "oldest") == ["request finished", "request started"]


def test_a_record_is_printed_as_documented(program: Program) -> None:
    result = program.run("logs", "--order", "oldest", "--limit", "1")
    assert result.err == ""
    assert result.objects == [
        {
            "id": 1,
            "time": "2026-11-01T00:00:00.084891Z",
            "level": "info",
            "service": "weblama",
            "logger": "app.http",
            "message": "request finished",
            "fields": {"status": 200, "request_id": "892f"},
            "source": "logs/weblama.log",
            "offset": 0,
            "flags": [],
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--service", "weblama"], 4),
        (["--service", "weblama,apilama"], 6),
        (["--service", "weblama", "--service", "pybox"], 6),
        (["--service", "all"], 8),
        (["--service", "nobody"], 0),
        (["--level", "info"], 6),
        (["--level", "WARN"], 3),
        (["--level", "error"], 2),
        (["--level", "critical"], 1),
        (["--since", "2026-11-01T00:00:03Z"], 5),
        (["--until", "2026-11-01T00:00:03Z"], 3),
        (["--since", "2026-11-01T00:00:01Z", "--until", "2026-11-01T00:00:03Z"], 2),
        (["--since", str(START_NS // 10**9 + 5), "--level", "info"], 1),
        (["request"], 3),
        (["request", "finished"], 2),
        (["request finished", "status>=500"], 1),
        (["upstream", "--service", "weblama"], 0),
        (["user.name:Ann Lee"], 0),
        (["--", "-request"], 5),
    ],
)
def test_options_and_query_choose_together(program: Program, arguments: list[str], count: int) -> None:
    result = program.run("logs", "--count", *arguments)
    assert (result.code, result.out, result.err) == (0 if count else 1, f"{count}\n", "")
    assert len(messages(program, *arguments)) == count


def test_nothing_found_is_exit_code_1_and_no_output(program: Program) -> None:
    result = program.run("logs", "absent")
    assert (result.code, result.out, result.err) == (1, "", "")


def test_relative_times_are_understood(program: Program, empty_store: FilledStore) -> None:
    now = time.time_ns() - START_NS
    empty_store.add("weblama", row(now / 1e9 - 100, "just now"), row(now / 1e9 - 10_000, "some hours ago"))
    assert messages(program, "--since", "15m") == ["just now"]
    assert messages(program, "--since", "-15m") == ["just now"]
    assert messages(program, "--since", "-4h", "--until", "-1h") == ["some hours ago"]


def test_chosen_fields(program: Program) -> None:
    result = program.run("logs", "--fields", "time,status,user.name", "--limit", "2", "--order", "oldest")
    assert result.objects == [
        {"time": "2026-11-01T00:00:00.084891Z", "status": 200, "user.name": None},
        {"time": "2026-11-01T00:00:01.000Z", "status": None, "user.name": "Ann Lee"},
    ]
    result = program.run("logs", "--fields", "id,status", "--limit", "1", "--order", "oldest", "--format", "csv")
    assert result.out == "id,status\n1,200\n"


def test_every_format_prints_every_record(program: Program) -> None:
    lines = list(csv.DictReader(io.StringIO(program.run("logs", "--format", "csv").out, newline="")))
    assert len(lines) == 8
    assert lines[2]["message"] == "upstream timeout\nTraceback (most recent call last):\n  boom"
    assert program.run("logs", "--format", "logfmt").out.count("\n") == 8
    pretty = program.run("logs", "--format", "pretty").out
    assert "2026-11-01 00:00:02.000 ERROR    apilama  upstream timeout\n    │ Traceback" in pretty
    assert "\x1b" not in pretty
    raw = program.run("logs", "--format", "raw", "--service", "pybox").out
    assert raw == "x" * 500 + "\nan hour later\n"


def test_times_are_local_and_utc_on_request(program: Program) -> None:
    arguments = ("logs", "--format", "pretty", "--order", "oldest", "--limit", "1")
    assert program.run(*arguments, env={"TZ": "Asia/Tokyo"}).out.startswith("2026-11-01 09:00:00.084 INFO")
    assert program.run(*arguments, "--utc", env={"TZ": "Asia/Tokyo"}).out.startswith("2026-11-01 00:00:00.084Z INFO")
    jsonl = program.run("logs", "--order", "oldest", "--limit", "1", env={"TZ": "Asia/Tokyo"})
    assert jsonl.objects[0]["time"] == "2026-11-01T00:00:00.084891Z"


def test_given_times_without_a_zone_are_local(program: Program) -> None:
    since = ("logs", "--count", "--until", "2026-11-01 09:00:03")
    assert program.run(*since, env={"TZ": "Asia/Tokyo"}).out == "3\n"
    assert program.run(*since, env={"TZ": "UTC"}).out == "8\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_option_and_environment(
    program: Program,
    arguments: list[str],
    environment: dict[str, str],
    colored: bool,  # noqa: FBT001 - a case
) -> None:
    result = program.run("logs", "--format", "pretty", *arguments, env=environment)
    assert ("\x1b[" in result.out) is colored


def test_neighbours_of_the_same_source_are_printed_once(program: Program, empty_store: FilledStore) -> None:
    rows = [row(100 + n, f"line {n}", offset=1_000 + 100 * n) for n in range(10)]
    empty_store.add("weblama", *rows)
    result = program.run("logs", '"line 3" OR "line 4" OR "line 8"', "-C", "1", "--format", "pretty", "--utc")
    assert [line if line == "--" else (line[:2], line[-6:]) for line in result.out.splitlines()] == [
        ("  ", "line 2"),
        ("> ", "line 3"),
        ("> ", "line 4"),
        ("  ", "line 5"),
        "--",
        ("  ", "line 7"),
        ("> ", "line 8"),
        ("  ", "line 9"),
    ]
    result = program.run("logs", '"line 3"', "-C", "2")
    assert [values["message"] for values in result.objects] == [f"line {n}" for n in range(1, 6)]


def test_more_records_than_are_held_come_in_order(program: Program, empty_store: FilledStore) -> None:
    total = 2 * _KEPT_RECORDS + 100
    empty_store.add("bulk", *(row(10_000 + n, str(n), service="bulk", offset=n) for n in range(total)))
    assert messages(program, "--service", "bulk", "--limit", "100000") == [str(n) for n in range(total)]
    newest = [str(n) for n in range(total)][-_KEPT_RECORDS - 300 :]
    assert messages(program, "--service", "bulk", "--limit", str(len(newest))) == newest


def test_hostile_text_reaches_a_pipe_as_it_is(program: Program, empty_store: FilledStore) -> None:
    text = "\x1b]52;c;aGk=\x07[/markup]\u202e=cmd"
    empty_store.add("weblama", row(7200, text))
    assert messages(program, "--limit", "1") == [text]
    assert program.run("logs", "--limit", "1", "--format", "raw").out == f"{text}\n"


def test_the_store_is_only_read(program: Program, empty_store: FilledStore) -> None:
    empty_store.close()
    before: Any = (empty_store.path.read_bytes(), empty_store.path.stat().st_mtime_ns)
    assert len(messages(program)) == 8
    assert (empty_store.path.read_bytes(), empty_store.path.stat().st_mtime_ns) == before
