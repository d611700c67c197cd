"""Whether every service finds in the shared environment what it requires, in the form it requires."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loglama_core.config.interpolation import variables_in
from loglama_core.config.secret_names import mask
from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.config.variable_type import VariableType
from loglama_core.ecosystem.problem import Problem
from loglama_core.ecosystem.service_environment import working_folder


@dataclass(slots=True, frozen=True)
class VariableUse:
    """One variable that a service declares. ``required``: it cannot do without."""

    service: str
    name: str
    kind: VariableType
    required: bool


def declared_variables(services: Iterable[DeclaredService]) -> list[VariableUse]:
    """Return every variable of every service once, in the order declared.

    Required are those in ``env.required`` and those that the command, the health probe or the port cannot do without.
    """
    uses = []
    for service in services:
        texts = (service.command, service.health.target if service.health else None, service.port)
        needed = [name for text in texts if text is not None for name in variables_in(text)]
        required = [*service.env_required, *needed]
        kinds = dict.fromkeys(service.env_secret, VariableType("secret")) | dict(service.env_types)
        names = dict.fromkeys([*required, *kinds])
        uses += [
            VariableUse(service.name, name, kinds.get(name, VariableType("text")), name in required) for name in names
        ]
    return uses


def check_environment(
    settings: Settings, environ: Mapping[str, str], services: Iterable[DeclaredService]
) -> list[Problem]:
    """Return what is missing or malformed for these services; no value of a secret is ever named."""
    services = list(services)
    folders = {service.name: working_folder(service) for service in services}
    secret = {name for service in settings.services for name in service.secret_variables}
    problems: list[Problem] = []
    for use in declared_variables(services):
        problems += _check(use, settings, environ, folders[use.service], secret)
    return problems


def _check(
    use: VariableUse, settings: Settings, environ: Mapping[str, str], folder: Path, secret: set[str]
) -> Iterator[Problem]:
    entry = settings.env.get(use.name)
    value = environ.get(use.name, "") or (entry.value if entry else "")
    example = f"loglama env set {use.name} {'' if use.kind.kind == 'secret' or use.name in secret else '…'}".rstrip()
    if not value:
        if use.required:
            state = "is empty" if entry is not None or use.name in environ else "is not set"
            remedy = f"{example} ({use.kind.accepted})"
            yield Problem(use.service, use.name, f"{use.name} {state}", remedy)
        return
    where = "in the environment" if use.name in environ else f"{settings.env_file} line {entry.line}" if entry else ""
    fault = use.kind.fault(value)
    if not fault and use.kind.kind == "path" and not os.path.exists(folder / os.path.expanduser(value)):  # noqa: PTH110, PTH111 - raise nothing
        fault = "names a path that does not exist"
    if fault:
        shown = mask(use.name, value, secret)
        problem = f"{use.name} = {shown} {fault} ({where})"
        yield Problem(use.service, use.name, problem, f"{example} ({use.kind.accepted})")
