"""What LogLama finds in files is what ripgrep, grep and jq find in them."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

WORDS = [
    "timeout",
    "Timeout",
    "ReadTimeoutError",
    "redis",
    "connection reset",
    "żółw",
    "a.b",
    "[x]",
    "100%",
    "x_y",
    "ok",
]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("files"))
    rng = random.Random(7)
    (program.folder / "logs").mkdir()
    with (program.folder / "logs" / "shop.log").open("w", encoding="utf-8") as file:
        for number in range(3_000):
            event = {
                "timestamp": f"2026-11-01T00:{number // 60 % 60:02}:{number % 60:02}.{number:06}Z",
                "level": rng.choice(["info", "warning", "error"]),
                "event": " ".join(rng.sample(WORDS, 2)),
                "status": rng.choice([200, 404, 500]),
                "request_id": f"{rng.getrandbits(32):08x}",
                "duration_ms": round(rng.expovariate(0.01), 2),
            }
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
    assert program.run("collect-logs").code == 0
    return program


def offsets(program: Program, *query: str) -> list[int]:
    result = program.run("logs", *query, "--limit", "100000", "--fields", "offset")
    assert result.code in {0, 1}, result.err
    return sorted(record["offset"] for record in result.objects)


def grep_offsets(program: Program, *arguments: str) -> list[int]:
    """Byte offsets of the lines that grep finds."""
    done = subprocess.run(
        ["grep", "--byte-offset", *arguments, "logs/shop.log"],
        cwd=program.folder,
        env=program.environment | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return [int(line.partition(":")[0]) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("word", [word for word in WORDS if word != "ok"])
def test_words_as_grep_finds_them(collected: Program, word: str) -> None:
    found = offsets(collected, f'"{word}"')
    assert found == grep_offsets(collected, "--ignore-case", "--fixed-strings", word)
    assert found


@pytest.mark.skipif(not shutil.which("rg"), reason="ripgrep is not installed here")
@pytest.mark.parametrize("pattern", ["[Tt]ime?out", "redis.*reset", "x_[y]"])
def test_patterns_as_ripgrep_finds_them(collected: Program, pattern: str) -> None:
    done = subprocess.run(
        ["rg", "--json", f'"event": "[^"]*{pattern}', "logs/shop.log"],
        cwd=collected.folder,
        env=collected.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    matches = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [match["data"]["absolute_offset"] for match in matches if match["type"] == "match"]
    assert offsets(collected, f'message~"{pattern}"') == expected
    assert expected


def jq_ids(program: Program, condition: str) -> list[str]:
    done = subprocess.run(
        ["jq", "--raw-output", f"select({condition}) | .request_id", "logs/shop.log"],
        cwd=program.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed here")
@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (["status:500"], ".status == 500"),
        (["status>=404", "level:error"], '.status >= 404 and .level == "error"'),
        (["duration_ms>250.5"], ".duration_ms > 250.5"),
        (["--", "-status:200"], ".status != 200"),
        (["request_id:a*"], '.request_id | startswith("a")'),
        (["level>=warning OR duration_ms<1"], '.level != "info" or .duration_ms < 1'),
    ],
    ids=str,
)
def test_conditions_as_jq_finds_them(collected: Program, query: list[str], condition: str) -> None:
    options = ["--limit", "100000", "--fields", "request_id"]
    found = [record["request_id"] for record in collected.run("logs", *options, *query).objects]
    expected = jq_ids(collected, condition)
    assert sorted(found) == sorted(expected)
    assert expected


def test_an_export_holds_what_the_file_does(collected: Program) -> None:
    target: Path = collected.folder / "out.jsonl"
    assert collected.run("export", "--service", "shop", "--to", str(target), "--force").code == 0
    written = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (collected.folder / "logs/shop.log").read_text(encoding="utf-8").splitlines()
    ]
    key = [(line["event"], line["level"], line["status"], line["request_id"], line["duration_ms"]) for line in lines]
    got = [
        (each["message"], each["level"], *(each["fields"][name] for name in ("status", "request_id", "duration_ms")))
        for each in written
    ]
    assert sorted(got) == sorted(key)
