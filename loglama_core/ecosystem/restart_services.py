"""``restart``: services stopped and started again, while what depends on them keeps running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.bring_down import stop_service
from loglama_core.ecosystem.bring_up import UpReport, bring_up, check_startable
from loglama_core.ecosystem.service_choice import chosen_services, stop_order
from loglama_core.ecosystem.service_event import Notify
from loglama_core.ecosystem.state_folder import StateFolder


def restart_services(settings: Settings, names: Sequence[str], environ: Mapping[str, str], notify: Notify) -> UpReport:
    """Restart these services (all that have a command, for none).

    Raises what ``bring_up`` raises, before anything is stopped.
    """
    check_startable(settings, names, environ)
    state = StateFolder.of(settings)
    state.make()
    chosen = {service.name for service in chosen_services(settings, names) if service.command is not None}
    with state.lock():
        for tier in stop_order(settings, names):
            for service in tier:
                if service.name in chosen:
                    stop_service(service, state, notify)
    return bring_up(settings, names, environ, notify)
