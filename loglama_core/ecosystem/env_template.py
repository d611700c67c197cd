"""The lines that a ``.env`` lacks of what services declare: names to fill in, never a value."""

from __future__ import annotations

from pathlib import Path

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.environment_check import VariableUse, declared_variables

_HEADER = (
    "# The shared environment of all services and of LogLama. NAME=value; ${NAME} is replaced by an earlier value.",
    "# `loglama env set NAME VALUE` changes one line of it, `loglama env check` tells what is missing.",
)


def missing_lines(settings: Settings, path: Path) -> tuple[list[str], list[str]]:
    """Return the lines to add to the file, and the names among them that have no value yet."""
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    mentioned = {line.strip().lstrip("# ").partition("=")[0].strip() for line in text.splitlines() if "=" in line}
    by_name: dict[str, list[VariableUse]] = {}
    for use in declared_variables(settings.services):
        if use.name not in settings.env and use.name not in mentioned:
            by_name.setdefault(use.name, []).append(use)
    lines = [] if text else list(_HEADER)
    for name, uses in by_name.items():
        services = ", ".join(use.service for use in uses)
        need = "required" if any(use.required for use in uses) else "optional"
        kind = next((use.kind for use in uses if use.kind.kind != "text"), uses[0].kind)
        lines += ["", f"# {services}: {need}, {kind.accepted}", f"# {name}="]
    return lines, list(by_name)
