"""``loglama diagnose`` as a script and a person meet it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from loglama_core.model import RecordFlag
from tests.cli.conftest import FilledStore, Program, row
from tests.cli.pseudo_terminal import on_terminal, read_until

KEYS = ["check", "group", "status", "summary", "evidence", "remedy", "fixable"]


def test_a_healthy_house_exits_0_and_strict_counts_warnings(program: Program, store: FilledStore) -> None:
    result = program.run("diagnose")
    assert result.code == 0, result.out
    assert all(list(finding) == KEYS for finding in result.objects)
    warned = [finding["check"] for finding in result.objects if finding["status"] != "ok"]
    assert warned == ["collecting"]
    assert program.run("diagnose", "--strict").code == 1
    assert program.run("diagnose", "-c", "environment,store", "--strict").code == 0


def test_without_a_store_a_check_fails_and_the_exit_code_is_1(program: Program) -> None:
    result = program.run("diagnose", "--format", "pretty")
    assert result.code == 1
    assert "FAIL  store         there is no store at" in result.out
    assert "loglama collect-logs" in result.out


def test_one_check_several_and_groups(program: Program, store: FilledStore) -> None:
    names = [finding["check"] for finding in program.run("diagnose", "-c", "lag", "-c", "gaps,disk-space").objects]
    assert names == ["disk-space", "lag", "gaps"]
    assert {finding["group"] for finding in program.run("diagnose", "-c", "store").objects} == {"store"}
    assert program.run("diagnose", "-c", "integrity").objects[0]["summary"].startswith("integrity ok")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-c", "gap"], "there is no check 'gap'"),
        (["-o", "F.json"], "-o FILE goes with -c report"),
        (["-c", "health,report"], "-c health stands alone"),
        (["--yes"], "--yes goes with --fix"),
    ],
)
def test_wrong_usage_exits_2(program: Program, arguments: list[str], words: str) -> None:
    result = program.run("diagnose", *arguments)
    assert result.code == 2
    assert words in result.err


def test_health_is_one_line(program: Program, store: FilledStore) -> None:
    result = program.run("diagnose", "-c", "health", "--format", "pretty")
    assert result.code == 0
    assert result.out.startswith("healthy: ")
    assert result.out.count("\n") == 1
    assert program.run("diagnose", "-c", "health").objects[0]["healthy"] is True
    store.path.write_bytes(b"no database" * 100)
    assert program.run("diagnose", "-c", "health", "--format", "pretty").out.startswith("not healthy: ")
    assert program.run("diagnose", "-c", "health").code == 1


def test_security_19_the_report_is_whole_private_and_without_secrets(program: Program, store: FilledStore) -> None:
    hidden = "hunter2-and-more"
    (program.folder / ".env").write_text(f"API_TOKEN={hidden}\nDB_URL=postgres://u:{hidden}@h/d\n")
    store.add("weblama", *(row(9, f"??? password={hidden}", flags=int(RecordFlag.UNPARSED)) for _ in range(30)))
    result = program.run("diagnose", "-c", "report", "-o", "report.json")
    assert result.code == 0, result.err
    path = program.folder / "report.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    report = json.loads(path.read_text())
    assert {"versions", "settings", "findings", "sources", "runs", "env", "services"} <= report.keys()
    assert {finding["group"] for finding in report["findings"]} >= {"environment", "store", "collector", "sources"}
    assert {"name": "API_TOKEN", "set": True, "secret": True} in report["env"]
    assert hidden not in path.read_text()
    assert program.run("diagnose", "-c", "report", "-o", "report.json").code == 0, "a report replaces a report"


def test_security_21_the_report_replaces_nothing_else_and_follows_no_link(program: Program, store: FilledStore) -> None:
    precious = program.folder / "precious.json"
    precious.write_text('{"mine": 1}')
    (program.folder / "link.json").symlink_to(precious)
    for name in ("precious.json", "link.json", "logs"):
        result = program.run("diagnose", "-c", "report", "-o", name)
        assert result.code == 2
        assert "exists already" in result.err or "not followed" in result.err or "not a plain file" in result.err
    assert precious.read_text() == '{"mine": 1}'
    refused = program.run("diagnose", "-c", "report", "-o", "logs/loglama.db")
    assert (refused.code, "is a file of the store itself" in refused.err) == (2, True)
    assert program.run("diagnose", "-c", "report", "-o", "no/such/folder.json").code == 3


def test_the_documented_module_is_the_same_program(program: Program, store: FilledStore) -> None:
    forwarder = Path(__file__).parents[2] / "distribution/loglama/cli/main.py"
    environment = program.environment | {"PYTHONPATH": f"{forwarder.parents[2]}:{program.environment['PYTHONPATH']}"}
    command = [sys.executable, "-m", "loglama.cli.main", "diagnose", "-c", "report", "-o", "r.json"]
    subprocess.run(command, cwd=program.folder, env=environment, check=True, capture_output=True)
    assert json.loads((program.folder / "r.json").read_text())["loglama_report"] == 1


def test_settings_that_cannot_be_read_are_a_finding(program: Program, store: FilledStore) -> None:
    (program.folder / "loglama.toml").write_text("[loglama]\ncolect_interval = 3\n")
    result = program.run("diagnose")
    assert result.code == 1
    (finding,) = result.objects
    assert (finding["check"], finding["status"]) == ("settings", "fail")
    assert "did you mean 'collect_interval'?" in finding["remedy"]
    assert program.run("diagnose", "-c", "health").objects[0]["healthy"] is False


def test_fix_shows_applies_and_checks_again(program: Program, store: FilledStore) -> None:
    store.path.chmod(0o644)
    shown = program.run("diagnose", "-c", "store-private", "--fix")
    assert "chmod 600" in shown.err
    assert "nobody can be asked here" in shown.err
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o644
    mended = program.run("diagnose", "-c", "store-private", "--fix", "--yes")
    assert [finding["status"] for finding in mended.objects] == ["ok"]
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert "nothing to mend" in program.run("diagnose", "-c", "store-private", "--fix", "--yes").err


def test_a_person_is_asked_and_no_is_no(program: Program, store: FilledStore) -> None:
    for answer, mode in (("n", 0o644), ("y", 0o600)):
        store.path.chmod(0o644)
        with on_terminal(program, "diagnose", "-c", "store-private", "--fix") as (_, terminal):
            read_until(terminal, lambda data: b"make this change? [y/N]" in data)
            os.write(terminal, f"{answer}\n".encode())
            read_until(terminal, lambda data: b"0 failed" in data)
        assert stat.S_IMODE(store.path.stat().st_mode) == mode


def test_security_1_hostile_names_stay_text_on_a_terminal(program: Program, store: FilledStore) -> None:
    name = "evil\x1b]52;c;YQ==\x07.log"
    (program.folder / "logs" / name).symlink_to("nowhere")
    result = program.run("diagnose", "--format", "pretty")
    assert "\x1b" not in result.out
    assert "\\x1b]52" in result.out


def test_completion_offers_the_checks(program: Program) -> None:
    words = program.environment | {"_LOGLAMA_COMPLETE": "bash_complete", "COMP_WORDS": "loglama diagnose -c in"}
    program.environment = words | {"COMP_CWORD": "3"}
    assert "integrity" in program.run().out


def test_diagnose_changes_nothing_by_itself(program: Program, store: FilledStore) -> None:
    store.close()
    before = {path.name: path.read_bytes() for path in store.path.parent.iterdir()}
    program.run("diagnose")
    after = {path.name: path.read_bytes() for path in store.path.parent.iterdir() if path.suffix == ".db"}
    assert after == {name: data for name, data in before.items() if name.endswith(".db")}
    assert [path.name for path in program.folder.iterdir()] == ["logs"]
