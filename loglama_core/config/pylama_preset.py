"""The services of the PyLama ecosystem, assumed where nobody declared any."""

from __future__ import annotations

import glob
from pathlib import Path

from loglama_core.config.services import DeclaredService

PYLAMA_SERVICES: tuple[str, ...] = ("weblama", "apilama", "pybox", "pyllm", "pylama")


def pylama_services(log_dir: Path, folder: Path) -> tuple[DeclaredService, ...]:
    """Return the preset: each service logs to ``<log_dir>/<name>.log`` and to ``<name>/logs/*.log`` under ``folder``.

    Both folders are absolute.
    """
    shared = glob.escape(str(log_dir))
    return tuple(
        DeclaredService(name=name, folder=folder, logs=(f"{shared}/{name}.log", f"{name}/logs/*.log"))
        for name in PYLAMA_SERVICES
    )
