from __future__ import annotations

import pytest

from tests.cli.conftest import Program

pytestmark = pytest.mark.usefixtures("store")


def test_counts_are_by_level_unless_asked_otherwise(program: Program) -> None:
    result = program.run("stats")
    assert (result.code, result.err) == (0, "")
    assert sorted((values["level"] or "", values["count"]) for values in result.objects) == [
        ("", 1),
        ("critical", 1),
        ("debug", 1),
        ("error", 1),
        ("info", 3),
        ("warning", 1),
    ]


def test_counts_by_several_keys_and_fields(program: Program) -> None:
    result = program.run("stats", "--by", "service,status", "request")
    assert result.objects[0]["service"] == "weblama"
    assert sorted((values["service"], values["status"] or 0, values["count"]) for values in result.objects) == [
        ("weblama", 0, 1),
        ("weblama", 200, 1),
        ("weblama", 504, 1),
    ]


def test_the_largest_group_comes_first(program: Program) -> None:
    result = program.run("stats", "--by", "service")
    assert [(values["service"], values["count"]) for values in result.objects] == [
        ("weblama", 4),
        ("apilama", 2),
        ("pybox", 2),
    ]


def test_counts_over_time_begin_at_whole_steps(program: Program) -> None:
    result = program.run("stats", "--every", "2s", "--level", "info", "--service", "weblama")
    assert result.objects == [
        {"time": "2026-11-01T00:00:00.000Z", "level": "info", "count": 2},
        {"time": "2026-11-01T00:00:04.000Z", "level": "warning", "count": 1},
    ]
    result = program.run("stats", "--every", "30m", "--by", "service")
    assert result.objects == [
        {"time": "2026-11-01T00:00:00.000Z", "service": "weblama", "count": 4},
        {"time": "2026-11-01T00:00:00.000Z", "service": "apilama", "count": 2},
        {"time": "2026-11-01T00:00:00.000Z", "service": "pybox", "count": 1},
        {"time": "2026-11-01T01:00:00.000Z", "service": "pybox", "count": 1},
    ]


def test_days_are_local(program: Program) -> None:
    result = program.run("stats", "--every", "1d", "--by", "service", "--service", "weblama", env={"TZ": "Asia/Tokyo"})
    assert result.objects == [{"time": "2026-10-31T15:00:00.000Z", "service": "weblama", "count": 4}]


def test_a_limited_time_counts_only_what_is_within(program: Program) -> None:
    since = ("--since", "2026-11-01T00:00:01Z", "--until", "2026-11-01T00:00:03Z")
    result = program.run("stats", "--by", "service", "--every", "1m", *since)
    assert [(values["service"], values["count"]) for values in result.objects] == [("apilama", 1), ("weblama", 1)]


def test_nothing_to_count_is_exit_code_1(program: Program) -> None:
    for arguments in (["absent"], ["--every", "1m", "absent"], ["--every", "1m", "--since", "2030-01-01"]):
        result = program.run("stats", *arguments)
        assert (result.code, result.out) == (1, ""), arguments


def test_too_many_steps_are_refused(program: Program) -> None:
    result = program.run("stats", "--every", "1s", "--since", "2026-10-01", "--until", "2026-11-02", "--by", "service")
    assert result.code == 0  # within what the store holds: an hour
    result = program.run("stats", "--every", "1s", "--by", "service", env={"TZ": "UTC"})
    assert result.code == 0


def test_a_plot_has_a_bar_for_every_count(program: Program) -> None:
    result = program.run("stats", "--by", "service", "--plot", env={"COLUMNS": "40"})
    lines = result.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["weblama", "4"], ["apilama", "2"], ["pybox", "2"]]
    assert [line.count("█") for line in lines] == [27, 13, 13]
    assert max(map(len, lines)) <= 40
    result = program.run("stats", "--every", "1h", "--plot", "--utc")
    assert [line.split()[:3] for line in result.out.splitlines()] == [
        ["2026-11-01", "00:00:00.000Z", "7"],
        ["2026-11-01", "01:00:00.000Z", "1"],
    ]


def test_a_coloured_plot_stacks_the_levels(program: Program) -> None:
    out = program.run("stats", "--every", "1h", "--plot", "--color", "always").out.splitlines()[0]
    assert out.count("\x1b[0m") == 5
    assert "\x1b[91m█" in out


def test_a_table_for_a_person(program: Program) -> None:
    out = program.run("stats", "--by", "service", "--format", "pretty").out
    assert out.splitlines()[:2] == ["SERVICE  COUNT", "weblama      4"]
