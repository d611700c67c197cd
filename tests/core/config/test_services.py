from __future__ import annotations

from pathlib import Path

import pytest

from loglama_core.config.services import DeclaredService, HealthProbe
from loglama_core.config.settings import SettingOrigin, load_settings
from loglama_core.errors import ConfigError

DOCUMENTED = """
[services.pyllm]
[services.pybox]
health = { log = "ready in \\\\d+" }
timezone = "Europe/Warsaw"

[services.apilama]
command = "python -m apilama.app --port ${APILAMA_PORT}"
cwd = "apilama"
depends_on = ["pyllm", "pybox"]
health = "http://127.0.0.1:${APILAMA_PORT}/health"
logs = ["logs/apilama.log", "apilama/logs/*.log", "/var/log/apilama/*.log"]
format = "auto"
timezone = "local"
requirements = "apilama/pyproject.toml"
env.required = ["APILAMA_PORT"]
env.secret = ["OPENAI_API_KEY"]
"""


def test_a_service_is_read_as_documented(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text(DOCUMENTED)
    settings = load_settings(environ={}, folder=tmp_path)
    assert settings.sources["services"].origin is SettingOrigin.CONFIG_FILE
    pyllm, pybox, apilama = settings.services
    assert pyllm == DeclaredService("pyllm", tmp_path)
    assert pybox.health == HealthProbe("log", r"ready in \d+")
    assert pybox.timezone == "Europe/Warsaw"
    assert apilama == DeclaredService(
        name="apilama",
        folder=tmp_path,
        logs=("logs/apilama.log", "apilama/logs/*.log", "/var/log/apilama/*.log"),
        command="python -m apilama.app --port ${APILAMA_PORT}",
        cwd=tmp_path / "apilama",
        depends_on=("pyllm", "pybox"),
        health=HealthProbe("http", "http://127.0.0.1:${APILAMA_PORT}/health"),
        requirements=tmp_path / "apilama" / "pyproject.toml",
        env_required=("APILAMA_PORT",),
        env_secret=("OPENAI_API_KEY",),
    )


def test_paths_start_at_the_folder_of_the_config_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "lama.toml").write_text('[services.a]\nlogs = "a.log"\n')
    settings = load_settings(flags={"config_file": "etc/lama.toml"}, environ={}, folder=tmp_path)
    assert settings.services == (DeclaredService("a", tmp_path / "etc", logs=("a.log",)),)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ('[services.a]\nlog = "x"\n', "unknown key 'log'", "did you mean 'logs'?"),
        ('[services.a.env]\nneeded = ["x"]\n', "unknown key 'needed'", "known here: required, secret"),
        ("[services.a]\nlogs = [1]\n", "logs = [1]", "list of texts"),
        ("[services.a]\ncommand = []\n", "command = []", "text that is not empty"),
        ('[services.a]\nhealth = "127.0.0.1"\n', "health = '127.0.0.1'", "http://host:port/path"),
        ('[services.a]\nhealth = { log = "" }\n', "health = {'log': ''}", "tcp://host:port"),
        ('[services.a]\ntimezone = "Mars/Base"\n', "timezone = 'Mars/Base'", "Europe/Warsaw"),
        ('[services.a]\ntimezone = "../etc/passwd"\n', "timezone = '../etc/passwd'", "Europe/Warsaw"),
        ('[services.abc]\n[services.b]\ndepends_on = ["abd"]\n', "'abd', which is not declared", "did you mean 'abc'?"),
        ("[services]\na = 1\n", "services.a is not a table", "[services.a]"),
        ('[services.a]\nenv = "X"\n', "env = 'X'", "env.required"),
    ],
)
def test_a_bad_declaration_is_refused_by_name(tmp_path: Path, text: str, said: str, hint: str) -> None:
    (tmp_path / "loglama.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={}, folder=tmp_path)
    assert said in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["../up", "a/b", "a b", "", "..", "x" * 65, "[/bold]", "a\\u001b"])
def test_security_21_a_service_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "loglama.toml").write_text(f'[services."{name}"]\n')
    with pytest.raises(ConfigError, match="is no name for a service"):
        load_settings(environ={}, folder=tmp_path)


@pytest.mark.parametrize("pattern", ["/proc/1/environ", "/dev/tty", "/etc/../dev/sda", "/sys"])
def test_security_21_logs_are_never_devices(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "loglama.toml").write_text(f'[services.a]\nlogs = ["{pattern}"]\n')
    with pytest.raises(ConfigError, match="logs = "):
        load_settings(environ={}, folder=tmp_path)
