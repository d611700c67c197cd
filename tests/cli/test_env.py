from __future__ import annotations

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
