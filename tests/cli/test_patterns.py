from __future__ import annotations

import pytest

from tests.cli.conftest import FilledStore, Program, row

pytestmark = pytest.mark.usefixtures("store")


def test_alike_messages_are_one_group(program: Program, empty_store: FilledStore) -> None:
    empty_store.add("bulk", *(row(n, f"took {n} ms", service="bulk", offset=n) for n in range(60)))
    result = program.run("patterns", "--service", "bulk,weblama")
    assert (result.code, result.err) == (0, "")
    first = result.objects[0]
    assert (first["pattern"], first["count"], first["services"], first["levels"]) == (
        "took <n> ms",
        60,
        {"bulk": 60},
        {"info": 60},
    )
    assert (first["first"], first["last"]) == ("2026-11-01T00:00:00.000Z", "2026-11-01T00:00:59.000Z")
    assert program.run("logs", "--count", first["query"]).out == "60\n"
    assert sum(each["count"] for each in result.objects) == 64
    cut = program.run("patterns", "--limit", "1", "--format", "pretty", "--utc")
    assert cut.out.splitlines()[1].split()[-3:] == ["took", "<n>", "ms"]
    assert "--limit N prints more" in cut.err


def test_no_message_is_exit_code_1(program: Program) -> None:
    result = program.run("patterns", "absent")
    assert (result.code, result.out) == (1, "")
