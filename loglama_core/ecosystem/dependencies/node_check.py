"""Holds ``package.json`` against ``node_modules``, as npm itself reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loglama_core.ecosystem.dependencies.verdict import DependencyStatus, DependencyVerdict
from loglama_core.errors import EcosystemError

_TIMEOUT_S = 60.0


def read_package(path: Path) -> dict[str, str]:
    """Return the dependencies a ``package.json`` names, with their ranges. Raises ``EcosystemError``."""
    try:
        package = json.loads(path.read_bytes())
    except OSError as error:
        raise EcosystemError(f"{path} cannot be read: {error.strerror}", "mend requirements") from error
    except ValueError as error:
        raise EcosystemError(f"{path} is not valid JSON: {error}", "mend the file at that place") from error
    wanted = package.get("dependencies", {}) if isinstance(package, dict) else None
    if not isinstance(wanted, dict) or not all(isinstance(text, str) for text in wanted.values()):
        raise EcosystemError(f"{path}: dependencies is not an object of texts", "mend the file")
    return wanted


def check_node(service: str, package: Path, environment: Mapping[str, str]) -> list[DependencyVerdict]:
    """Return a verdict per dependency. Raises ``EcosystemError`` when npm is there and cannot tell."""
    wanted = read_package(package)
    npm = shutil.which("npm", path=environment.get("PATH"))
    if npm is None:
        remedy = "install Node with npm"
        return [DependencyVerdict(service, "node", "npm", "npm", None, DependencyStatus.MISSING, package.name, remedy)]
    told = _ask_npm(npm, package, environment) if wanted else {}
    return [_judge(service, name, text, told.get(name, {}), package.name) for name, text in wanted.items()]


def _judge(service: str, name: str, wanted: str, told: Mapping[str, Any], source: str) -> DependencyVerdict:
    version = told.get("version")
    remedy = f"loglama deps install {service}"
    if version is None or told.get("missing"):
        return DependencyVerdict(service, "node", name, wanted, None, DependencyStatus.MISSING, source, remedy)
    if told.get("invalid"):
        return DependencyVerdict(service, "node", name, wanted, version, DependencyStatus.WRONG, source, remedy)
    return DependencyVerdict(service, "node", name, wanted, version, DependencyStatus.OK, source)


def _ask_npm(npm: str, package: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    # npm leaves with 1 when something is missing or invalid, and tells all the same.
    try:
        done = subprocess.run(  # noqa: S603 - found on the service's own PATH
            [npm, "ls", "--json", "--depth=0", "--omit=dev"],
            cwd=package.parent,
            env={**environment, "NO_UPDATE_NOTIFIER": "1"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
        told = json.loads(done.stdout).get("dependencies", {})
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise EcosystemError(
            f"npm cannot tell what is installed in {package.parent}: {type(error).__name__}", "run `npm ls` there"
        ) from error
    return told if isinstance(told, dict) else {}
