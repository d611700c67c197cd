"""Services that a project's own files tell of: pyproject.toml, requirements.txt, package.json."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loglama_core.ecosystem.proposal.proposed_service import ProposedService, service_name_from

_STARTS = ("app.py", "main.py", "server.py", "run.py")


def from_pyproject(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the project, with a command if one can be told: a script it installs, its package, a file to run."""
    try:
        project = tomllib.loads(path.read_text("utf-8", "replace")).get("project")
    except tomllib.TOMLDecodeError:
        return
    if not isinstance(project, dict):
        return
    scripts = project.get("scripts")
    name = service_name_from(str(project.get("name") or folder or path.parent.name))
    command = next(iter(scripts)) if isinstance(scripts, dict) and scripts else _python_command(path.parent, name)
    yield ProposedService(name, _at(folder, path), command, folder or None, requirements=_at(folder, path))


def from_requirements(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the service of a folder with requirements, if something in it can be started."""
    name = service_name_from(folder or path.parent.resolve().name)
    command = _python_command(path.parent, name)
    if command is not None:
        yield ProposedService(name, _at(folder, path), command, folder or None, requirements=_at(folder, path))


def from_package(path: Path, folder: str) -> Iterator[ProposedService]:
    """Yield the project of a package.json that can be started."""
    try:
        package: Any = json.loads(path.read_bytes())
    except ValueError:
        return
    if not isinstance(package, dict):
        return
    scripts = package.get("scripts")
    start = scripts.get("start") if isinstance(scripts, dict) else None
    main = package.get("main")
    if isinstance(start, str) and re.fullmatch(r"node [\w./ -]+", start):
        command: str | None = start  # node itself gets the signals, npm would not hand them on
    elif isinstance(start, str):
        command = "npm start"
    else:
        command = f"node {main}" if isinstance(main, str) and re.fullmatch(r"[\w./-]+", main) else None
    if command is not None:
        name = service_name_from(str(package.get("name") or folder or path.parent.resolve().name))
        yield ProposedService(name, _at(folder, path), command, folder or None, requirements=_at(folder, path))


def _python_command(folder: Path, name: str) -> str | None:
    package = name.replace("-", "_")
    for source in (folder, folder / "src"):
        if (source / package / "__main__.py").is_file():
            return f"python -m {package}"
    if (folder / "manage.py").is_file():
        return "python manage.py runserver --noreload"
    start = next((file for file in _STARTS if (folder / file).is_file()), None)
    return None if start is None else f"python {start}"


def _at(folder: str, path: Path) -> str:
    return f"{folder}/{path.name}" if folder else path.name
