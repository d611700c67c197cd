"""Which services a command is about, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from loglama_core.config.known_names import nearest_hint
from loglama_core.config.service_order import tiers, with_dependencies, with_dependents
from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.errors import UsageError


def chosen_services(settings: Settings, names: Sequence[str]) -> list[DeclaredService]:
    """Return the services of these names, all declared ones for none. Raises ``UsageError`` for an unknown name."""
    by_name = {service.name: service for service in settings.services}
    for name in names:
        if name not in by_name:
            raise UsageError(f"no service {name!r} is declared", nearest_hint(name, by_name))
    return [by_name[name] for name in dict.fromkeys(names)] if names else list(settings.services)


def start_order(settings: Settings, names: Sequence[str]) -> list[list[DeclaredService]]:
    """Return what must be started for these services (all that have a command, for none), tier by tier.

    Dependencies come along. Services without a command are in it where others depend on them.
    """
    chosen = chosen_services(settings, names)
    if not names:
        chosen = [service for service in chosen if service.command is not None]
    depends_on = {service.name: service.depends_on for service in settings.services}
    return _in_tiers(settings, with_dependencies((service.name for service in chosen), depends_on))


def stop_order(settings: Settings, names: Sequence[str]) -> list[list[DeclaredService]]:
    """Return what must be stopped for these services (all, for none): what depends on them first."""
    chosen = chosen_services(settings, names)
    depends_on = {service.name: service.depends_on for service in settings.services}
    return _in_tiers(settings, with_dependents((service.name for service in chosen), depends_on))[::-1]


def dependents(settings: Settings, name: str) -> list[str]:
    """Return the services that depend on one, however far, in the order declared."""
    depends_on = {service.name: service.depends_on for service in settings.services}
    found = with_dependents([name], depends_on) - {name}
    return [service.name for service in settings.services if service.name in found]


def _in_tiers(settings: Settings, names: set[str]) -> list[list[DeclaredService]]:
    by_name = {service.name: service for service in settings.services if service.name in names}
    ordered = tiers({name: service.depends_on for name, service in by_name.items()})
    return [[by_name[name] for name in tier] for tier in ordered]
