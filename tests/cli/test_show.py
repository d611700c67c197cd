from __future__ import annotations

import pytest

from tests.cli.conftest import FilledStore, Program, row

pytestmark = pytest.mark.usefixtures("store")


def test_a_record_is_shown_whole(program: Program) -> None:
    result = program.run("show", "2", "--format", "pretty", "--utc")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "time     2026-11-01 00:00:01.000Z\n"
        "level    INFO\n"
        "service  weblama\n"
        "logger   app.http\n"
        "source   logs/weblama.log at byte 100\n"
        "id       2\n"
        "flags    -\n"
        "\n"
        "request started\n"
        "\n"
        "user.name  Ann Lee\n"
    )


def test_a_shortened_message_is_shown_whole(program: Program) -> None:
    shortened = next(v for v in program.run("logs").objects if "shortened" in v["flags"])
    number = str(shortened["id"])
    assert shortened["message"] == "x" * 20
    assert program.run("show", number).objects[0]["message"] == "x" * 500
    assert program.run("show", number, "--raw").out == "x" * 500 + "\n"
    assert "x" * 500 in program.run("show", number, "--format", "pretty").out


def test_an_absent_record_is_exit_code_1(program: Program) -> None:
    result = program.run("show", "999")
    assert (result.code, result.out, result.err) == (1, "", "there is no record 999\n")


def test_a_long_field_is_shown_whole(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("weblama", row(9000, "long", fields={"body": "y" * 5_000, "text": "two\nlines"}))
    out = program.run("show", "9", "--format", "pretty").out
    assert "y" * 5_000 in out
    assert "text  two\n      lines\n" in out
