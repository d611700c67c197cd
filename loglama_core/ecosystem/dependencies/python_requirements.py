"""What a Python service requires: ``pyproject.toml``, or ``requirements.txt`` with everything pip reads there."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.config.secret_names import mask
from loglama_core.errors import EcosystemError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_DEEPEST_INCLUDE = 20
_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


@dataclass(slots=True, frozen=True)
class PythonRequirement:
    """One requirement. ``requirement``: ``None`` for what has no name to look for (``note`` says what it is).

    ``constraint``: it only limits the version of what something else requires.
    """

    text: str
    source: str
    requirement: Requirement | None
    note: str = ""
    constraint: bool = False


@dataclass(slots=True, frozen=True)
class PythonRequirements:
    """All of one file. ``python``: the versions of Python it asks for; ``complete``: a build would tell no more."""

    found: tuple[PythonRequirement, ...]
    python: str = ""
    complete: bool = True


def read_python_requirements(path: Path, environ: Mapping[str, str]) -> PythonRequirements:
    """Read ``pyproject.toml`` or a requirements file. Raises ``EcosystemError`` naming file, line and remedy."""
    if path.suffix == ".toml":
        return _read_pyproject(path)
    return PythonRequirements(tuple(_read_file(path, environ, [], constraint=False)))


def _read_pyproject(path: Path) -> PythonRequirements:
    try:
        project = tomllib.loads(_text_of(path)).get("project", {})
    except tomllib.TOMLDecodeError as error:
        raise EcosystemError(f"{path} is not valid TOML: {error}", "mend the file at that place") from error
    written = project.get("dependencies", []) if isinstance(project, dict) else []
    if not isinstance(written, list) or not all(isinstance(text, str) for text in written):
        raise EcosystemError(f"{path}: project.dependencies is not a list of texts", "mend it")
    dynamic = project.get("dynamic", []) if isinstance(project, dict) else []
    found = tuple(_parsed(text, path.name) for text in written)
    return PythonRequirements(found, str(project.get("requires-python", "")), complete="dependencies" not in dynamic)


def _read_file(
    path: Path, environ: Mapping[str, str], above: list[Path], *, constraint: bool
) -> Iterator[PythonRequirement]:
    if path in above or len(above) > _DEEPEST_INCLUDE:
        circle = " -> ".join(file.name for file in [*above, path])
        raise EcosystemError(f"requirements files include each other in a circle: {circle}", "take one include out")
    for number, line in _logical_lines(_text_of(path)):
        text = _VARIABLE.sub(lambda match: environ.get(match[1], match[0]), line)
        source = f"{path.name} line {number}"
        include = re.match(r"(-r|--requirement|-c|--constraint)(?:\s+|=)(.+)|(-r|-c)(\S+)", text)
        if include is not None:
            option, name = include[1] or include[3], (include[2] or include[4]).strip().strip("'\"")
            if "://" in name:
                yield PythonRequirement(_shown(text), source, None, "an include by URL is only read by pip")
                continue
            limits = constraint or option in {"-c", "--constraint"}
            yield from _read_file(
                Path(os.path.normpath(path.parent / name)), environ, [*above, path], constraint=limits
            )
        elif text.startswith(("-e", "--editable")):
            yield PythonRequirement(_shown(text), source, None, "editable: whatever stands at its path is its version")
        elif not text.startswith("-"):  # other options tell pip where to look, not what is required
            yield _parsed(text, source, constraint=constraint)


def _parsed(text: str, source: str, *, constraint: bool = False) -> PythonRequirement:
    from packaging.requirements import InvalidRequirement, Requirement

    bare = re.split(r"\s+--(?:hash|config-settings?|global-option)\b", text, maxsplit=1)[0].strip()
    if re.match(r"[A-Za-z+]+://|\.{0,2}/|file:", bare) or (
        "@" not in bare and bare.endswith((".whl", ".tar.gz", ".zip"))
    ):
        return PythonRequirement(_shown(bare), source, None, "by URL or path: it has no name to look for")
    try:
        requirement = Requirement(bare)
    except InvalidRequirement as error:
        why = str(error).splitlines()[0]
        raise EcosystemError(f"{source}: {_shown(bare)!r} is no requirement: {why}", "mend the line") from error
    return PythonRequirement(_shown(bare), source, requirement, constraint=constraint)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines joined where they end in a backslash, without comments and blank ones, with their first number."""
    joined, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        bare = _COMMENT.sub("", joined + line).strip()
        if bare:
            yield first, bare
        joined, first = "", 0
    if bare := _COMMENT.sub("", joined).strip():
        yield first, bare


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise EcosystemError(f"{path} cannot be read: {error.strerror}", "mend requirements, or the include") from error
    except UnicodeDecodeError as error:
        raise EcosystemError(f"{path} is not UTF-8 text", "save the file as UTF-8") from error


def _shown(text: str) -> str:
    """Return a line without the password of a URL in it."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return text if all(mask("", word) == word for word in words) else " ".join(mask("", word) for word in words)
