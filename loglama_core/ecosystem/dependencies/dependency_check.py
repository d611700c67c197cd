"""Everything that services require, held against what is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.dependencies.node_check import check_node
from loglama_core.ecosystem.dependencies.verdict import DependencyStatus, DependencyVerdict
from loglama_core.ecosystem.service_environment import service_environment
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.errors import EcosystemError


def check_dependencies(
    settings: Settings, services: Iterable[DeclaredService], environ: Mapping[str, str] = os.environ
) -> list[DependencyVerdict]:
    """Return a verdict per requirement of these services; what cannot be read costs its own service a failure.

    Takes about 150 ms per Python service (its interpreter is asked) and 300 ms per Node service (npm is asked).
    """
    verdicts: list[DependencyVerdict] = []
    for service in services:
        environment = service_environment(service, settings, environ, StateFolder.of(settings).path)
        verdicts += [
            _command_verdict(service.name, command, environment["PATH"]) for command in service.system_commands
        ]
        try:
            verdicts += _requirement_verdicts(settings, service, environ, environment)
        except EcosystemError as error:
            name = service.requirements.name if service.requirements else service.name
            verdicts.append(
                DependencyVerdict(
                    service.name, _kind(service), name, error.message, None, DependencyStatus.MISSING, "", error.hint
                )
            )
    return verdicts


def _command_verdict(service: str, command: str, path: str) -> DependencyVerdict:
    found = shutil.which(command, path=path)
    status = DependencyStatus.MISSING if found is None else DependencyStatus.OK
    remedy = "" if found else f"install {command} with the system's package manager"
    return DependencyVerdict(service, "system", command, "on PATH", found, status, "system_commands", remedy)


def _requirement_verdicts(
    settings: Settings, service: DeclaredService, environ: Mapping[str, str], environment: Mapping[str, str]
) -> list[DependencyVerdict]:
    if service.requirements is None:
        return []
    if _kind(service) == "node":
        return check_node(service.name, service.requirements, environment)
    from loglama_core.ecosystem.dependencies.python_check import check_python
    from loglama_core.ecosystem.dependencies.python_environment import installed_in, service_python
    from loglama_core.ecosystem.dependencies.python_requirements import read_python_requirements

    required = read_python_requirements(service.requirements, environ)
    python = service_python(service, settings, environ)
    return check_python(service.name, required, None if python is None else installed_in(python))


def _kind(service: DeclaredService) -> str:
    return "node" if service.requirements is not None and service.requirements.suffix == ".json" else "python"
