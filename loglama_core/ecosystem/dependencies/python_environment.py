"""The Python a service runs on, and what is installed there: asked of that interpreter itself."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loglama_core.config.interpolation import MissingVariableError, interpolate
from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.service_environment import (
    known_values,
    service_environment,
    virtual_environment,
    working_folder,
)
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.errors import EcosystemError

_TIMEOUT_S = 30.0
# No import of packaging there: the other interpreter need not have it.
_PROGRAM = """
import importlib.metadata as m, json, os, platform, sys
def version_of(info):
    v = '{0.major}.{0.minor}.{0.micro}'.format(info)
    return v + info.releaselevel[0] + str(info.serial) if info.releaselevel != 'final' else v
found = {}
for d in m.distributions():
    name = d.metadata['Name']
    if name and name.lower() not in found:
        found[name.lower()] = [d.version, d.requires or []]
print(json.dumps({'packages': found, 'environment': {
    'implementation_name': sys.implementation.name,
    'implementation_version': version_of(sys.implementation.version),
    'os_name': os.name, 'platform_machine': platform.machine(), 'platform_release': platform.release(),
    'platform_system': platform.system(), 'platform_version': platform.version(),
    'python_full_version': platform.python_version(),
    'platform_python_implementation': platform.python_implementation(),
    'python_version': '.'.join(platform.python_version_tuple()[:2]), 'sys_platform': sys.platform}}))
"""


@dataclass(slots=True, frozen=True)
class Installed:
    """What an interpreter told. ``packages``: normalized name -> (version, its own requirements)."""

    python: str
    packages: Mapping[str, tuple[str, tuple[str, ...]]]
    environment: Mapping[str, str]


def service_python(service: DeclaredService, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the interpreter a service runs on: that of its command, else of its environment; ``None``: none is there.

    A command that is a script (``uvicorn …``) runs on the Python beside it.
    """
    environment = service_environment(service, settings, environ, StateFolder.of(settings).path)
    own = virtual_environment(service) / "bin" / "python"
    try:
        words = shlex.split(interpolate(service.command or "", known_values(settings, environ)))
    except (MissingVariableError, ValueError):
        words = []
    if words:
        name = words[0]
        where = os.path.normpath(working_folder(service) / Path(name).expanduser()) if "/" in name else name
        found = shutil.which(where, path=environment["PATH"])
        if found is not None and Path(found).name.startswith("python"):
            return found
        if found is not None and (beside := Path(found).parent / "python").exists():
            return str(beside)
        if "/" in name and Path(name).name.startswith("python"):
            return None  # it names a Python that is not there yet
    return str(own) if own.exists() else shutil.which("python3", path=environment["PATH"])


def installed_in(python: str) -> Installed:
    """Ask an interpreter what is installed. Raises ``EcosystemError`` when it does not answer."""
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter the service itself runs on
            [python, "-I", "-c", _PROGRAM],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=True,
        )
        told = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EcosystemError(
            f"{python} cannot tell what is installed: {words[-1] if words else 'it failed'}", "mend that Python"
        ) from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise EcosystemError(
            f"{python} cannot tell what is installed: {type(error).__name__}", "mend that Python, or declare venv"
        ) from error
    packages = {_normal(name): (version, tuple(needs)) for name, (version, needs) in told["packages"].items()}
    return Installed(python, packages, told["environment"])


def _normal(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)
