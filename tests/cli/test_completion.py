from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.cli.conftest import Program

pytestmark = pytest.mark.usefixtures("store")


def candidates(program: Program, *words: str) -> list[str]:
    """Return what bash would offer for the last of ``words``."""
    line = " ".join(("loglama", *words))
    result = program.run(env={"_LOGLAMA_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))})
    assert result.err == ""
    return [offer.partition(",")[2] for offer in result.out.splitlines() if offer]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["lo"], ["logs", "log-collector"]),
        (["log-collector", "st"], ["start", "stop", "status"]),
        (["logs", "--lev"], ["--level"]),
        (["logs", "--level", "w"], ["warning"]),
        (["logs", "--service", "a"], ["all", "apilama"]),
        (["logs", "--service", "weblama,p"], ["weblama,pybox"]),
        (["logs", "--format", "j"], ["jsonl"]),
        (["logs", "--fields", "time,st"], ["time,status"]),
        (["logs", "serv"], ["service:"]),
        (["logs", "user.n"], ["user.name:"]),
        (["logs", "level:w"], ["level:warning"]),
        (["logs", "service:p"], ["service:pybox"]),
        (["logs", "status:5"], ["status:504"]),
        (["stats", "--by", "lev"], ["level"]),
        (["collect-logs", "--services", "web"], ["weblama"]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_a_shell_is_offered_what_fits(program: Program, words: list[str], offered: list[str]) -> None:
    assert candidates(program, *words) == offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("logs --level err", "error\t{errors} record"),
        ("logs --service we", "weblama\t{weblama} records"),
        ("logs service:we", "service:weblama\t{weblama} records"),
        ("logs statu", "status:\t{status} of the newest {all}"),
        ("logs status:504", "status:504\t{timeouts} of the newest {all}"),
    ],
)
def test_fish_is_told_how_many_records_have_it(program: Program, words: str, offered: str) -> None:
    def count(*query: str) -> int:
        return int(program.run("logs", "--count", *query).out)

    counts = {
        "all": count(),
        "errors": count("level:error"),
        "weblama": count("service:weblama"),
        "status": count("status:*"),
        "timeouts": count("status:504"),
    }
    last = words.rpartition(" ")[2]
    environment = {"_LOGLAMA_COMPLETE": "fish_complete", "COMP_WORDS": f"loglama {words}", "COMP_CWORD": last}
    assert program.run(env=environment).out == f"plain,{offered.format(**counts)}\n"


def test_zsh_is_told_too_and_takes_a_colon_for_no_description(program: Program) -> None:
    environment = {"_LOGLAMA_COMPLETE": "zsh_complete", "COMP_WORDS": "loglama logs service:we", "COMP_CWORD": "2"}
    kind, value, told = program.run(env=environment).out.splitlines()
    assert (kind, value) == ("plain", "service\\:weblama")
    assert told.endswith(" records")


def test_the_store_named_on_the_line_is_asked(program: Program) -> None:
    assert candidates(program, "--db", "absent.db", "logs", "--service", "w") == []
    assert candidates(program, "--db", "logs/loglama.db", "logs", "--service", "w") == ["weblama"]


def test_a_broken_configuration_offers_nothing_and_says_nothing(program: Program) -> None:
    (program.folder / "loglama.toml").write_text("broken")
    assert candidates(program, "logs", "--service", "w") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_valid_for_its_shell_and_serves_both_names(program: Program, shell: str) -> None:
    result = program.run("completion", shell)
    assert (result.code, result.err) == (0, "")
    assert "_LOGLAMA_COMPLETE" in result.out
    assert "loglama" in result.out
    assert "pylama" in result.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.out.encode(), check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_bash_completes_with_the_script(program: Program) -> None:
    command = " ".join(program.command())
    (program.folder / "loglama").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    (program.folder / "loglama").chmod(0o700)
    script = """
        eval "$(./loglama completion bash)"
        COMP_WORDS=(./loglama logs --service web); COMP_CWORD=3
        _loglama_completion ./loglama
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=program.folder, env=program.environment, capture_output=True, check=True, text=True
    )
    assert done.stdout == "weblama\n"
