"""Where a service's log file lies.

The same answer as ``loglama_core.config`` gives (environment, ``.env``, ``loglama.toml``, ``./logs``), found with the
standard library alone: a service that merely logs loads nothing else of LogLama. A test holds the two together.
"""

from __future__ import annotations

import os
import re

VARIABLE = "LOGLAMA_LOG_DIR"
_DEFAULT = "logs"
_ENV_LINE = re.compile(
    rf"^[ \t]*(?:export[ \t]+)?{VARIABLE}[ \t]*=[ \t]*"
    r"""(?:'([^'\n]*)'|"([^"\n]*)"|([^\n]*?))[ \t]*(?:[ \t]\#[^\n]*)?$""",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def log_folder(given: str | os.PathLike[str] | None = None) -> str:
    """Return the absolute folder of the log files; ``given`` is stronger than every setting."""
    here = os.getcwd()
    if given is not None:
        return _absolute(here, os.fspath(given))
    for text in (os.environ.get(VARIABLE), _from_env_file(), _from_config_file()):
        if text is not None and text.strip():
            return _absolute(here, text)
    return _absolute(here, _DEFAULT)


def file_name(service: str) -> str:
    """Return the name of a service's log file: what is not one of A-Z a-z 0-9 . _ - becomes ``_``, a first dot too."""
    name = _NOT_IN_A_NAME.sub("_", service)[:64]
    return f"{'_' + name[1:] if name[:1] in {'', '.'} else name}.log"


def _absolute(here: str, text: str) -> str:
    return os.path.normpath(os.path.join(here, os.path.expanduser(text)))


def _from_env_file() -> str | None:
    text = _read(".env")
    found = list(_ENV_LINE.finditer(text.replace("\r\n", "\n"))) if text else []
    if not found:
        return None
    single, double, bare = found[-1].groups()
    if single is not None:
        return str(single)
    value = double if double is not None else bare
    return _REFERENCE.sub(lambda name: os.environ.get(name[1], name[2] or ""), value)


def _from_config_file() -> str | None:
    text = _read("loglama.toml")
    if not text:
        return None
    import tomllib

    try:
        table = tomllib.loads(text).get("loglama")
    except tomllib.TOMLDecodeError:
        return None
    value = table.get("log_dir") if isinstance(table, dict) else None
    return value if isinstance(value, str) else None


def _read(name: str) -> str:
    try:
        with open(name, encoding="utf-8-sig") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""
