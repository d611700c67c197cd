"""The environment a service runs in: clean, alike whoever starts it, with what it declares and what ``.env`` says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings

_KEPT = frozenset((
    "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
))  # fmt: skip
"""Taken over from whoever starts services. What is not named here, in ``.env`` or by the service stays behind: above
all ``LD_PRELOAD``, ``PYTHONPATH`` and the like, which would put code into every service (security 29)."""

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STATE_VARIABLE = "LOGLAMA_STATE"
SERVICE_VARIABLE = "LOGLAMA_SERVICE"
"""The marks by which all processes of a service are found again, also those its main process has left behind."""


def known_values(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what ``${NAME}`` may stand for: the environment, then ``.env``; the environment is stronger."""
    return {name: entry.value for name, entry in settings.env.items()} | dict(environ)


def service_environment(
    service: DeclaredService, settings: Settings, environ: Mapping[str, str], state_folder: Path
) -> dict[str, str]:
    """Return the whole environment of a service."""
    kept = {name: value for name, value in environ.items() if name in _KEPT or name.startswith("LC_")}
    shared = {name: environ.get(name, entry.value) for name, entry in settings.env.items()}
    declared = {name: environ[name] for name in service.variables if name in environ}
    own = {
        "PYTHONUNBUFFERED": shared.pop("PYTHONUNBUFFERED", "1"),  # else Python keeps what it prints for minutes
        "PATH": search_path(service, shared.pop("PATH", "") or environ.get("PATH", "")),
        "LOGLAMA_LOG_DIR": str(settings.log_dir),
        STATE_VARIABLE: str(state_folder),
        SERVICE_VARIABLE: service.name,
    }
    venv = virtual_environment(service)
    if (venv / "bin").is_dir():
        own["VIRTUAL_ENV"] = str(venv)
    return kept | shared | declared | own


def virtual_environment(service: DeclaredService) -> Path:
    """Return the virtual environment a service uses if it is there: the declared one, else ``.venv`` in its folder."""
    return service.venv or working_folder(service) / ".venv"


def working_folder(service: DeclaredService) -> Path:
    """Return the folder a service runs in."""
    return service.cwd or service.folder


def search_path(service: DeclaredService, path: str) -> str:
    """Return PATH for a service: its own environment first, and never a folder that depends on where one stands."""
    own = [str(virtual_environment(service) / "bin"), str(working_folder(service) / "node_modules" / ".bin")]
    folders = [folder for folder in (path or _DEFAULT_PATH).split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117 - texts
    return os.pathsep.join(dict.fromkeys([*(folder for folder in own if Path(folder).is_dir()), *folders]))
