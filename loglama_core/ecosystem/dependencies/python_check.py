"""Holds what a Python service requires, and what that requires in turn, against what is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from loglama_core.ecosystem.dependencies.python_environment import Installed
from loglama_core.ecosystem.dependencies.python_requirements import PythonRequirement, PythonRequirements
from loglama_core.ecosystem.dependencies.verdict import DependencyStatus, DependencyVerdict


def check_python(service: str, required: PythonRequirements, installed: Installed | None) -> list[DependencyVerdict]:
    """Return a verdict per requirement that applies here; of what those require, only what fails.

    ``installed``: ``None`` when there is no Python for the service yet: then everything is missing.
    """
    remedy = f"loglama deps install {service}"
    verdicts = _python_version(service, required.python, installed)
    if not required.complete:
        text = "the project's build computes its dependencies"
        verdicts.append(_verdict(service, "dependencies", text, None, DependencyStatus.UNCHECKED, "pyproject.toml"))
    constraints = [one.requirement for one in required.found if one.constraint and one.requirement is not None]
    wanted = [one for one in required.found if not one.constraint]
    for one in wanted:
        if one.requirement is None:
            verdicts.append(_verdict(service, one.text, one.note, None, DependencyStatus.UNCHECKED, one.source))
        elif installed is None or _applies(one.requirement, installed, ()):
            verdicts.append(_check_one(service, one, installed, constraints, remedy))
    if installed is not None:
        named = [one for one in wanted if one.requirement is not None]
        verdicts += _needs_of(service, named, installed, remedy)
    return verdicts


def _python_version(service: str, wanted: str, installed: Installed | None) -> list[DependencyVerdict]:
    if not wanted or installed is None:
        return []
    version = installed.environment["python_full_version"]
    try:
        fits = SpecifierSet(wanted).contains(version, prereleases=True)
    except InvalidSpecifier:
        return [_verdict(service, "Python", wanted, version, DependencyStatus.UNCHECKED, "requires-python")]
    status = DependencyStatus.OK if fits else DependencyStatus.WRONG
    remedy = "" if fits else "declare a venv made with such a Python"
    return [_verdict(service, "Python", wanted, version, status, "requires-python", remedy)]


def _check_one(
    service: str, one: PythonRequirement, installed: Installed | None, constraints: list[Requirement], remedy: str
) -> DependencyVerdict:
    requirement = one.requirement
    if requirement is None:
        raise ValueError(one)
    found = None if installed is None else installed.packages.get(canonicalize_name(requirement.name))
    wanted = one.text.split(";", 1)[0].strip()
    if found is None:
        return _verdict(service, requirement.name, wanted, None, DependencyStatus.MISSING, one.source, remedy)
    version = found[0]
    limits = [requirement] + [
        c for c in constraints if canonicalize_name(c.name) == canonicalize_name(requirement.name)
    ]
    if requirement.url is not None:
        return _verdict(service, requirement.name, wanted, version, DependencyStatus.UNCHECKED, one.source)
    fits = all(_fits(limit, version) for limit in limits)
    status = DependencyStatus.OK if fits else DependencyStatus.WRONG
    return _verdict(service, requirement.name, wanted, version, status, one.source, "" if fits else remedy)


def _needs_of(
    service: str, wanted: Iterable[PythonRequirement], installed: Installed, remedy: str
) -> Iterator[DependencyVerdict]:
    """Yield what fails among the requirements of requirements, however far, with the extras that were asked for."""
    seen: set[tuple[str, frozenset[str]]] = set()
    told: set[str] = {canonicalize_name(one.requirement.name) for one in wanted if one.requirement is not None}
    waiting = [one.requirement for one in wanted if one.requirement and _applies(one.requirement, installed, ())]
    while waiting:
        parent = waiting.pop()
        key = canonicalize_name(parent.name), frozenset(parent.extras)
        found = installed.packages.get(key[0])
        if key in seen or found is None:
            continue
        seen.add(key)
        for text in found[1]:
            try:
                need = Requirement(text)
            except InvalidRequirement:
                continue
            if not _applies(need, installed, parent.extras):
                continue
            waiting.append(need)
            name = canonicalize_name(need.name)
            there = installed.packages.get(name)
            if there is not None and _fits(need, there[0]):
                continue
            if there is None and name in told:
                continue
            told.add(name)
            status = DependencyStatus.MISSING if there is None else DependencyStatus.WRONG
            wants = f"{need.name}{need.specifier}"
            source = f"required by {parent.name} {found[0]}"
            yield _verdict(service, need.name, wants, there[0] if there else None, status, source, remedy)


def _applies(requirement: Requirement, installed: Installed, extras: Iterable[str]) -> bool:
    """Whether its marker holds in the service's interpreter, for one of the extras or for none."""
    if requirement.marker is None:
        return True
    environment = dict(installed.environment)
    return any(requirement.marker.evaluate(environment | {"extra": extra}) for extra in ("", *extras))


def _fits(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return not requirement.specifier


def _verdict(
    service: str,
    name: str,
    required: str,
    installed: str | None,
    status: DependencyStatus,
    source: str,
    remedy: str = "",
) -> DependencyVerdict:
    return DependencyVerdict(service, "python", name, required, installed, status, source, remedy)
