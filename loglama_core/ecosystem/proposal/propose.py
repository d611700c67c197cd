"""Looks through a folder and the folders in it, and proposes the services it finds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from loglama_core.ecosystem.proposal.commands_files import COMPOSE_FILES, from_compose, from_procfile, from_unit
from loglama_core.ecosystem.proposal.project_files import from_package, from_pyproject, from_requirements
from loglama_core.ecosystem.proposal.proposed_service import ProposedService, service_name_from
from loglama_core.errors import EcosystemError
from loglama_core.sources.rotated_name import service_name

_SKIPPED = frozenset({"node_modules", "venv", "env", "__pycache__", "site-packages", "dist", "build", "tests", "test"})
_MOST_FOLDERS = 300
_Read = Callable[[Path, str], Iterator[ProposedService]]
_BY_NAME: tuple[tuple[str, _Read], ...] = (
    ("Procfile", from_procfile),
    *((name, from_compose) for name in COMPOSE_FILES),
    ("pyproject.toml", from_pyproject),
    ("package.json", from_package),
    ("requirements.txt", from_requirements),
)
"""The strongest first: what an earlier file says of a service, a later one does not change."""


def propose_services(folder: Path, log_dir: Path) -> tuple[list[ProposedService], list[str]]:
    """Return the services found in ``folder`` and two levels below, by name, and what could not be read.

    Logs in ``log_dir`` are collected anyway and make no service of their own.
    """
    found: dict[str, ProposedService] = {}
    troubles: list[str] = []
    for place in _folders(folder):
        relative = place.relative_to(folder).as_posix()
        for service in _services_in(place, "" if relative == "." else relative, log_dir, troubles):
            known = found.get(service.name)
            found[service.name] = service if known is None else known.joined(service)
    services = [_without_unknown(service, found) for service in found.values()]
    return sorted(services, key=lambda service: (service.command is None, service.name)), troubles


def _without_unknown(service: ProposedService, found: dict[str, ProposedService]) -> ProposedService:
    known = tuple(name for name in service.depends_on if name in found and name != service.name)
    return replace(service, depends_on=known)


def _folders(root: Path) -> Iterator[Path]:
    waiting = [(root, 0)]
    count = 0
    while waiting and count < _MOST_FOLDERS:
        folder, depth = waiting.pop(0)
        count += 1
        yield folder
        if depth < 2:
            try:
                below = sorted(entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue
            waiting += [(Path(path), depth + 1) for path in below if _is_worth_a_look(Path(path))]


def _is_worth_a_look(folder: Path) -> bool:
    """Whether services may be found in it: not in what was installed or built, and not in what we remember of ours."""
    if folder.suffix == ".services" and (folder / "operation.lock").is_file():
        return False
    return not folder.name.startswith(".") and folder.name not in _SKIPPED


def _services_in(place: Path, folder: str, log_dir: Path, troubles: list[str]) -> Iterator[ProposedService]:
    for name, read in _BY_NAME:
        if (place / name).is_file():
            yield from _read(place / name, folder, read, troubles)
    for path in sorted(place.glob("*.service")):
        yield from _read(path, folder, from_unit, troubles)
    if place != log_dir:
        yield from _logs_in(place, folder)


def _read(path: Path, folder: str, read: _Read, troubles: list[str]) -> list[ProposedService]:
    try:
        return list(read(path, folder))
    except EcosystemError as error:
        troubles.append(error.message)
    except OSError as error:
        troubles.append(f"{path} cannot be read: {error.strerror}")
    return []


def _logs_in(place: Path, folder: str) -> Iterator[ProposedService]:
    """Yield a service per name of log file; logs in ``<name>/logs`` belong to the service of that folder."""
    names = sorted(path.name for path in place.glob("*.log") if path.is_file())
    if not names:
        return
    parts = folder.split("/") if folder else []
    if parts and parts[-1] in {"logs", "log"} and len(parts) > 1:
        yield ProposedService(service_name_from(parts[-2]), f"{folder}/*.log", logs=(f"{folder}/*.log",))
        return
    for name in names:
        pattern = f"{folder}/{name}" if folder else name
        yield ProposedService(service_name_from(service_name(name)), pattern, logs=(pattern,))
