"""The shared ``.env``: names and values that every service of the ecosystem reads, each with its line."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loglama_core.errors import ConfigError


@dataclass(slots=True, frozen=True)
class EnvEntry:
    """One assignment of a ``.env`` file."""

    name: str
    value: str
    """The value with quotes removed and ``${NAME}`` replaced; empty when the file gives a name only."""
    line: int
    """The line of the file, from 1, at which the assignment starts."""


def read_env_file(path: Path, environ: Mapping[str, str]) -> dict[str, EnvEntry]:
    """Read a ``.env`` file; of a name given twice the last assignment counts.

    ``${NAME}`` and ``${NAME:-default}`` are replaced from ``environ`` first, then from the lines above: the environment
    is stronger than the file. Raises ``ConfigError`` when the file cannot be read or a line is not ``NAME=value``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", "make it readable, or name another with --env-file"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path} line {line} is not UTF-8 text", "save the file as UTF-8") from error
    return _read_entries(path, text, environ)


def _read_entries(path: Path, text: str, environ: Mapping[str, str]) -> dict[str, EnvEntry]:
    # python-dotenv takes 15 ms to import: only where there is a file to read.
    from dotenv.parser import parse_stream
    from dotenv.variables import parse_variables

    entries: dict[str, EnvEntry] = {}
    known: dict[str, str | None] = dict(environ)
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original
        # python-dotenv gives the line where the blank lines before an assignment start.
        blank = original.string[: len(original.string) - len(original.string.lstrip())]
        line = original.line + blank.replace("\r\n", "\n").replace("\r", "\n").count("\n")
        if binding.error or "\0" in (binding.value or ""):
            raise ConfigError(f"{path} line {line} is not NAME=value", "mend the line, or start it with # to ignore it")
        if binding.key is None:
            continue
        value = "".join(atom.resolve(known) for atom in parse_variables(binding.value or ""))
        entries[binding.key] = EnvEntry(binding.key, value, line)
        if binding.key not in environ:
            known[binding.key] = value
    return entries
