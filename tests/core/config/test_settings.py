from __future__ import annotations

import os
from pathlib import Path

import pytest

from loglama_core.config.settings import SettingOrigin, load_settings
from loglama_core.errors import ConfigError


def test_defaults_are_relative_to_the_current_folder(tmp_path: Path) -> None:
    settings = load_settings(environ={}, folder=tmp_path)
    assert settings.log_dir == tmp_path / "logs"
    assert settings.db_path == tmp_path / "logs" / "loglama.db"
    assert settings.log_level == "INFO"
    assert settings.max_message_length == 2000
    assert settings.collect_interval_s == 300
    assert settings.config_file is None
    assert settings.env_file is None
    assert {source.origin for source in settings.sources.values()} == {SettingOrigin.DEFAULT}


def test_each_place_yields_to_the_stronger_one(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text(
        '[loglama]\nlog_level = "debug"\ndb_path = "toml.db"\ncollect_interval = 7\n'
    )
    (tmp_path / ".env").write_text("# shared\nLOGLAMA_LOG_LEVEL=warning\nLOGLAMA_DB_PATH=env-file.db\n")
    toml_only = load_settings(environ={}, folder=tmp_path)
    assert toml_only.collect_interval_s == 7
    assert str(toml_only.sources["collect_interval_s"]) == str(tmp_path / "loglama.toml")
    assert toml_only.log_level == "WARNING"
    assert str(toml_only.sources["log_level"]) == f"{tmp_path / '.env'} line 2"
    environ = {"LOGLAMA_LOG_LEVEL": "Error", "LOGLAMA_DB_PATH": "environment.db"}
    settings = load_settings(flags={"db_path": "flag.db"}, environ=environ, folder=tmp_path)
    assert settings.log_level == "ERROR"
    assert str(settings.sources["log_level"]) == "environment"
    assert settings.db_path == tmp_path / "flag.db"
    assert str(settings.sources["db_path"]) == "flag --db"


def test_the_store_does_not_follow_the_log_folder(tmp_path: Path) -> None:
    settings = load_settings(environ={"LOGLAMA_LOG_DIR": "/var/log/lama"}, folder=tmp_path)
    assert settings.log_dir == Path("/var/log/lama")
    assert settings.db_path == tmp_path / "logs" / "loglama.db"


def test_a_relative_path_starts_at_the_file_that_gives_it(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "loglama.toml").write_text('[loglama]\nlog_dir = "../log"\n')
    (conf / "shared.env").write_text("LOGLAMA_DB_PATH=store.db\n")
    flags = {"config_file": "conf/loglama.toml", "env_file": "conf/shared.env"}
    settings = load_settings(flags=flags, environ={}, folder=tmp_path)
    assert settings.log_dir == tmp_path / "log"
    assert settings.db_path == conf / "store.db"


def test_a_home_folder_is_understood_where_no_shell_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / ".env").write_text("LOGLAMA_DB_PATH=~/lama.db\n")
    assert load_settings(environ={}, folder=tmp_path).db_path == tmp_path / "home" / "lama.db"


def test_the_environment_is_read_when_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLLECT_INTERVAL", "12")
    assert load_settings().collect_interval_s == 12


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        ("LOGLAMA_MAX_MESSAGE_LENGTH", "lots", "whole number of characters from 1"),
        ("LOGLAMA_MAX_MESSAGE_LENGTH", "0", "whole number"),
        ("LOGLAMA_MAX_MESSAGE_LENGTH", "-5", "whole number"),
        ("LOGLAMA_MAX_MESSAGE_LENGTH", "1_000", "whole number"),
        ("LOGLAMA_MAX_MESSAGE_LENGTH", "9" * 30, "whole number"),
        ("COLLECT_INTERVAL", "1.5", "seconds from 1 to 86400"),
        ("COLLECT_INTERVAL", "٣", "seconds"),
        ("LOGLAMA_LOG_LEVEL", "loud", "trace, debug, info, warning, error, critical"),
        ("LOGLAMA_LOG_DIR", "", "path of a folder"),
        ("LOGLAMA_DB_PATH", "a\0b", "path of a file"),
        ("LOGLAMA_DB_PATH", "~no-such-user-here/x", "path of a file"),
    ],
)
def test_a_bad_value_is_refused_with_its_place_and_form(
    tmp_path: Path, variable: str, value: str, accepted: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={variable: value}, folder=tmp_path)
    assert variable in caught.value.message
    assert repr(value) in caught.value.message
    assert "environment" in caught.value.message
    assert accepted in caught.value.hint


def test_a_bad_value_in_the_env_file_names_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n\n\n# note\nCOLLECT_INTERVAL=soon\n")
    with pytest.raises(ConfigError, match=r"COLLECT_INTERVAL is 'soon' .*\.env line 5"):
        load_settings(environ={}, folder=tmp_path)


def test_a_password_in_a_refused_value_is_masked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"COLLECT_INTERVAL": "postgres://ann:hunter2@db/x"}, folder=tmp_path)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ('[loglama]\nlog_dirr = "x"\n', "'log_dirr'", "did you mean 'log_dir'?"),
        ("[loglma]\n", "'loglma'", "did you mean 'loglama'?"),
        ("[loglama]\nlog_dir = true\n", "log_dir = True", "text or a whole number"),
        ('[loglama]\nlog_level = "loud"\n', "log_level is 'loud'", "give one of trace"),
        ("loglama = 3\n", "loglama is not a table", "[loglama]"),
        ("[keys]\nquit = 7\n", "[keys] quit = 7", "give a key"),
        ("[loglama\n", "not valid TOML", "mend the file"),
    ],
)
def test_a_bad_config_file_is_refused_by_name(tmp_path: Path, text: str, said: str, hint: str) -> None:
    (tmp_path / "loglama.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={}, folder=tmp_path)
    assert str(tmp_path / "loglama.toml") in caught.value.message
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_a_config_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_bytes(b"[loglama]\nlog_dir = '\xff'\n")
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        load_settings(environ={}, folder=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_config_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").touch(mode=0)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(environ={}, folder=tmp_path)


@pytest.mark.parametrize("name", ["config_file", "env_file"])
def test_a_file_that_is_named_must_be_there(tmp_path: Path, name: str) -> None:
    for given in ("absent", "", str(tmp_path)):
        with pytest.raises(ConfigError) as caught:
            load_settings(flags={name: given}, environ={}, folder=tmp_path)
        assert f"--{name.removesuffix('_file')}" in caught.value.message.replace("-file", "")


def test_a_virtual_environment_called_env_is_no_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert load_settings(environ={}, folder=tmp_path).env_file is None


def test_without_declared_services_the_preset_applies(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text('[loglama]\nlog_dir = "l[1]"\n')
    settings = load_settings(environ={}, folder=tmp_path)
    assert [service.name for service in settings.services] == ["weblama", "apilama", "pybox", "pyllm", "pylama"]
    assert settings.services[0].logs == (f"{tmp_path}/l[[]1]/weblama.log", "weblama/logs/*.log")
    assert settings.sources["services"].origin is SettingOrigin.DEFAULT


def test_keys_of_the_explorer_are_handed_on(tmp_path: Path) -> None:
    (tmp_path / "loglama.toml").write_text('[keys]\nquit = "ctrl+x"\n')
    assert load_settings(environ={}, folder=tmp_path).keys == {"quit": "ctrl+x"}
