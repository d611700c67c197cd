from __future__ import annotations

import stat
import subprocess

import pytest

from loglama_core.secret_text import MASK
from tests.cli.conftest import Program


def test_every_setting_is_listed_with_its_source(program: Program) -> None:
    (program.folder / ".env").write_text("COLLECT_INTERVAL=60\nAPILAMA_PORT=8080\nPYBOX_PORT=1\n")
    (program.folder / "loglama.toml").write_text('[loglama]\nlog_level = "debug"\n')
    result = program.run("--db", "x.db", "env", "list", env={"LOGLAMA_LOG_DIR": "/var/log/lama", "PYBOX_PORT": "9"})
    assert result.code == 0
    values = {entry["name"]: (entry["value"], entry["source"]) for entry in result.objects}
    assert values == {
        "LOGLAMA_LOG_DIR": ("/var/log/lama", "environment"),
        "LOGLAMA_LOG_LEVEL": ("DEBUG", f"{program.folder}/loglama.toml"),
        "LOGLAMA_DB_PATH": (f"{program.folder}/x.db", "flag --db"),
        "LOGLAMA_MAX_MESSAGE_LENGTH": ("2000", "default"),
        "COLLECT_INTERVAL": ("60", f"{program.folder}/.env line 1"),
        "LOGLAMA_FORMATS_DIR": ("", "default"),
        "APILAMA_PORT": ("8080", f"{program.folder}/.env line 2"),
        "PYBOX_PORT": ("9", "environment"),
    }


@pytest.mark.parametrize("output_format", ["pretty", "jsonl", "csv", "logfmt", "raw"])
def test_security_19_secrets_are_masked_in_every_format(program: Program, output_format: str) -> None:
    (program.folder / ".env").write_text("OPENAI_API_KEY=hunter2\nBACKEND=hunter2\nDB=postgres://a:hunter2@db/x\n")
    (program.folder / "loglama.toml").write_text('[services.a]\nenv.secret = ["BACKEND"]\n')
    result = program.run("env", "list", "--format", output_format)
    assert result.code == 0
    assert "hunter2" not in result.out
    assert result.out.count(MASK) == 3


def test_security_19_secrets_are_never_shown_to_a_pipe(program: Program) -> None:
    (program.folder / ".env").write_text("OPENAI_API_KEY=hunter2\n")
    result = program.run("env", "list", "--show-secrets")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: --show-secrets needs a terminal\nhint: ")


def test_the_file_and_the_configuration_can_be_named(program: Program) -> None:
    (program.folder / "other.env").write_text("LOGLAMA_LOG_LEVEL=error\n")
    (program.folder / "other.toml").write_text("[loglama]\nmax_message_length = 99\n")
    result = program.run("env", "list", "--env-file", "other.env", "--config", "other.toml")
    values = {entry["name"]: entry["value"] for entry in result.objects}
    assert values["LOGLAMA_LOG_LEVEL"] == "ERROR"
    assert values["LOGLAMA_MAX_MESSAGE_LENGTH"] == "99"


DECLARED = """
[services.api]
command = "run --port ${API_PORT}"
env.required = ["API_PORT", "MODE"]
env.secret = ["TOKEN_OF_API"]
env.types = { API_PORT = "port", MODE = ["dev", "prod"], DATA = "path", DEBUG = "bool", WORKERS = "int", BACK = "url" }
"""


def test_a_value_is_set_read_and_taken_out(program: Program) -> None:
    (program.folder / ".env").write_text("# mine\nA=1 # one\n")
    assert program.run("env", "set", "A", "two words").code == 0
    assert program.run("env", "set", "B=${A}!").code == 0
    assert (program.folder / ".env").read_text() == "# mine\nA='two words' # one\nB='${A}!'\n"
    assert program.run("env", "get", "B").out == "two words!\n"
    assert program.run("env", "unset", "A", "C").code == 0
    assert (program.folder / ".env").read_text() == "# mine\nB='${A}!'\n"
    assert program.run("env", "unset", "C").code == 1
    missing = program.run("env", "get", "BB")
    assert (missing.code, missing.out) == (1, "")
    assert "BB is not set; did you mean 'B'?" in missing.err


def test_security_19_a_secret_comes_from_standard_input_and_is_shown_to_nobody(program: Program) -> None:
    with program.start("env", "set", "OPENAI_API_KEY", stdin=subprocess.PIPE) as process:
        out, err = process.communicate(b"hunter2\n")
    assert process.returncode == 0
    assert b"hunter2" not in out + err
    assert (program.folder / ".env").read_text() == "OPENAI_API_KEY=hunter2\n"
    assert stat.S_IMODE((program.folder / ".env").stat().st_mode) == 0o600
    assert program.run("env", "get", "OPENAI_API_KEY").out == f"{MASK}\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("API_PORT", "http", "API_PORT is no port: api needs a port from 1 to 65535"),
        ("MODE", "test", "MODE is none of dev, prod"),
        ("WORKERS", "1.5", "WORKERS is no whole number"),
        ("DEBUG", "maybe", "DEBUG is neither true nor false"),
        ("BACK", "localhost:80 00", "BACK is no URL"),
        ("COLLECT_INTERVAL", "soon", "COLLECT_INTERVAL cannot have this value"),
        ("1A", "x", "'1A' is no name for a variable"),
    ],
)
def test_what_a_service_would_not_accept_is_not_written(program: Program, name: str, value: str, said: str) -> None:
    (program.folder / "loglama.toml").write_text(DECLARED)
    result = program.run("env", "set", name, value)
    assert result.code == 2
    assert said in result.err
    assert not (program.folder / ".env").exists()


def test_the_check_names_service_variable_problem_and_remedy(program: Program) -> None:
    (program.folder / "loglama.toml").write_text(DECLARED)
    (program.folder / ".env").write_text(
        "API_PORT=99999\nDATA=/nowhere\nDEBUG=maybe\nTOKEN_OF_API=changeme\nDEBUG=perhaps\n"
    )
    result = program.run("env", "check")
    assert result.code == 1
    found = {row["variable"]: (row["service"], row["problem"], row["remedy"]) for row in result.objects}
    where = f"{program.folder}/.env line"
    assert found == {
        "API_PORT": (
            "api",
            f"API_PORT = 99999 is no port ({where} 1)",
            "loglama env set API_PORT … (a port from 1 to 65535)",
        ),
        "MODE": ("api", "MODE is not set", "loglama env set MODE … (one of dev, prod)"),
        "DATA": (
            "api",
            f"DATA = /nowhere names a path that does not exist ({where} 2)",
            "loglama env set DATA … (a path that exists)",
        ),
        "DEBUG": (
            "api",
            f"DEBUG = perhaps is neither true nor false ({where} 5)",
            "loglama env set DEBUG … (one of 1, 0, true, false, yes, no, on, off)",
        ),
        "TOKEN_OF_API": (
            "api",
            f"TOKEN_OF_API = {MASK} is a placeholder ({where} 4)",
            "loglama env set TOKEN_OF_API (a value that is not a placeholder)",
        ),
    }
    assert "assigns DEBUG on the lines 3, 5: the last counts" in result.err
    good = {"API_PORT": "80", "MODE": "dev", "DATA": "/", "DEBUG": "no", "TOKEN_OF_API": "s3cr3t"}
    assert (
        program.run("env", "check", "--format", "pretty", env=good).out
        == "all is well: 7 variables declared, services: 1\n"
    )


def test_init_names_what_is_declared_and_invents_nothing(program: Program) -> None:
    (program.folder / "loglama.toml").write_text(DECLARED)
    assert program.run("env", "init").code == 0
    text = (program.folder / ".env").read_text()
    assert "# api: required, a port from 1 to 65535\n# API_PORT=\n" in text
    assert "# api: optional, a value that is not a placeholder\n# TOKEN_OF_API=\n" in text
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert program.run("env", "check").code == 1
    assert program.run("env", "set", "API_PORT", "80").code == 0
    changed = (program.folder / ".env").read_text()
    assert program.run("env", "init").out.endswith("names every variable that is declared\n")
    assert (program.folder / ".env").read_text() == changed


def test_a_malformed_line_is_named_and_nothing_is_changed(program: Program) -> None:
    (program.folder / ".env").write_text("A=1\nB='open\n")
    for arguments in (["list"], ["set", "A", "2"], ["check"]):
        result = program.run("env", *arguments)
        assert result.code == 2
        assert f"{program.folder}/.env line 2 is not NAME=value" in result.err
    assert (program.folder / ".env").read_text() == "A=1\nB='open\n"
