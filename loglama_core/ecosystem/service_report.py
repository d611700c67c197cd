"""One service up close: its status, what it depends on, whether its environment and requirements are in order."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.declaration_check import check_declarations
from loglama_core.ecosystem.dependencies.dependency_check import check_dependencies
from loglama_core.ecosystem.dependencies.verdict import DependencyVerdict
from loglama_core.ecosystem.environment_check import check_environment, declared_variables
from loglama_core.ecosystem.problem import Problem
from loglama_core.ecosystem.service_choice import dependents


@dataclass(slots=True, frozen=True)
class ServiceVerdicts:
    """What the checks of one service came to.

    ``dependents``: who depends on it; ``variables``: how many it declares; ``problems``: of environment and
    declaration; ``requirements``: every verdict, failed or not.
    """

    dependents: tuple[str, ...] = ()
    variables: int = 0
    problems: tuple[Problem, ...] = ()
    requirements: tuple[DependencyVerdict, ...] = ()


def service_verdicts(settings: Settings, name: str, environ: Mapping[str, str] = os.environ) -> ServiceVerdicts:
    """Run the checks of one declared service; takes up to a second, for its interpreter or npm is asked.

    For a service that is not declared there is nothing to check.
    """
    service = next((one for one in settings.declared_services if one.name == name), None)
    if service is None:
        return ServiceVerdicts()
    problems = [problem for problem in check_declarations(settings, environ) if problem.service == name]
    problems += check_environment(settings, environ, [service])
    return ServiceVerdicts(
        dependents=tuple(dependents(settings, name)),
        variables=len(declared_variables([service])),
        problems=tuple(problems),
        requirements=tuple(check_dependencies(settings, [service], environ)),
    )


def requirements_summary(verdicts: Sequence[DependencyVerdict]) -> str:
    """Return ``12 ok, 1 missing`` in words, empty when nothing is required."""
    counts: dict[str, int] = {}
    for one in verdicts:
        counts[str(one.status)] = counts.get(str(one.status), 0) + 1
    return ", ".join(f"{count} {status}" for status, count in counts.items())
