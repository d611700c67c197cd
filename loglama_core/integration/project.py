"""What kind of project a folder holds: its name, its language, its framework, where its application is made."""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglama_core.errors import UsageError

_SKIPPED_FOLDERS = frozenset(
    {
        "node_modules",
        "site-packages",
        "venv",
        "env",
        "build",
        "dist",
        "logs",
        "tests",
        "test",
        "migrations",
        "__pycache__",
    }
)
_MOST_FILES = 2_000
_LARGEST_FILE = 1 << 20
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_FRAMEWORKS = ("FastAPI", "Starlette", "Quart", "Flask")
_ENTRY_POINTS = ("__main__.py", "main.py", "app.py", "server.py", "run.py", "cli.py")


@dataclass(slots=True, frozen=True)
class Application:
    """Where a framework's application is made: ``variable = FastAPI(…)``."""

    file: Path
    framework: str
    variable: str
    after_line: int
    """Lines of the file up to the end of that statement."""
    indent: str


@dataclass(slots=True, frozen=True)
class Project:
    """A folder and what was found in it. Paths are absolute."""

    folder: Path
    service: str
    version: str | None
    language: str
    """``python``, ``node`` or ``other``."""
    application: Application | None = None
    entry_point: Path | None = None
    """The file that is run, where there is no application of a known framework."""
    django_settings: Path | None = None
    django_wsgi: Path | None = None
    is_module: bool = False
    """Whether a ``.js`` file of it is an ECMAScript module."""


def look_at(folder: Path, service: str | None = None) -> Project:
    """Find out what is in ``folder``. ``service``: the name to log as, if the project's own is not wanted."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "give the folder of a project")
    folder = folder.resolve()
    package_json = _json_object(folder / "package.json")
    pyproject = _toml(folder / "pyproject.toml")
    name = service or _text(pyproject.get("name")) or _text(package_json.get("name")) or folder.name
    version = _text(pyproject.get("version")) or _text(package_json.get("version"))
    name = _NOT_IN_A_NAME.sub("_", name.removeprefix("@"))[:64].lstrip(".") or "service"
    python = sorted(_files(folder, ".py"), key=lambda path: (len(path.parts), path))
    if python and not (package_json and not pyproject and not _is_python(folder)):
        return _python_project(folder, name, version, python)
    if package_json:
        entry = _text(package_json.get("main")) or "index.js"
        candidates = [folder / entry, *(folder / name for name in ("server.js", "app.js", "index.js", "src/index.js"))]
        file = next((path for path in candidates if path.is_file() and not path.is_symlink()), None)
        return Project(folder, name, version, "node", entry_point=file, is_module=package_json.get("type") == "module")
    return Project(folder, name, version, "other")


def _python_project(folder: Path, name: str, version: str | None, files: list[Path]) -> Project:
    settings = next((path for path in files if path.name == "settings.py"), None)
    if (folder / "manage.py").is_file() and settings is not None:
        wsgi = settings.with_name("wsgi.py")
        return Project(
            folder,
            name,
            version,
            "python",
            django_settings=settings,
            django_wsgi=wsgi if wsgi.is_file() else None,
        )
    for file in files:
        application = _application_in(file)
        if application is not None:
            return Project(folder, name, version, "python", application=application)
    by_name = {path.name: path for path in reversed(files)}
    entry = next((by_name[name] for name in _ENTRY_POINTS if name in by_name), None)
    return Project(folder, name, version, "python", entry_point=entry)


def _application_in(file: Path) -> Application | None:
    try:
        text = file.read_text("utf-8")
        tree = ast.parse(text)
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if not isinstance(value, ast.Call) or not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if called in _FRAMEWORKS and isinstance(target, ast.Name) and node.end_lineno is not None:
            line = text.splitlines()[node.lineno - 1]
            indent = line[: len(line) - len(line.lstrip())]
            return Application(file, called, target.id, node.end_lineno, indent)
    return None


def _files(folder: Path, suffix: str) -> Iterator[Path]:
    found = 0
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith("."))
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        for name in sorted(names):
            path = Path(where, name)
            if name.endswith(suffix) and not path.is_symlink() and path.stat().st_size <= _LARGEST_FILE:
                found += 1
                if found > _MOST_FILES:
                    return
                yield path


def _is_python(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("pyproject.toml", "setup.py", "requirements.txt", "manage.py"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _json_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    project = document.get("project")
    if not isinstance(project, dict):
        tool = document.get("tool")
        project = tool.get("poetry") if isinstance(tool, dict) else None
    return project if isinstance(project, dict) else {}
