"""Which state a service is in, read from what ``up``, ``down`` and the restart keeper have left, and the processes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from loglama_core.amounts import duration
from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.health_logs import health_logs
from loglama_core.ecosystem.health_probe import Health, probe_health
from loglama_core.ecosystem.launch_plan import resolved_health, resolved_port
from loglama_core.ecosystem.outside_process import find_outside_process
from loglama_core.ecosystem.process_identity import ProcessIdentity
from loglama_core.ecosystem.service_environment import known_values
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.errors import ConfigError
from loglama_core.model import ServiceState

PROBE_S = 1.0
"""How long a look at a service waits for its health."""


@dataclass(slots=True, frozen=True)
class ServiceCondition:
    """What is known of one service without asking the store. ``process``: its main process, if one is there."""

    state: ServiceState
    reason: str = ""
    process: ProcessIdentity | None = None
    restarts: int | None = None
    health: Health | None = None
    started_by: str = ""


def look_at(
    service: DeclaredService, settings: Settings, state: StateFolder, environ: Mapping[str, str] = os.environ
) -> ServiceCondition:
    """Look at a service now: its process and its health, within ``PROBE_S`` and a little. Raises nothing of its own."""
    if state.path.is_dir() and not os.access(state.path, os.R_OK | os.X_OK):
        return ServiceCondition(ServiceState.UNKNOWN, f"another user runs the services: {state.path} is private")
    process = state.process(service.name)
    is_alive = process is not None and process.is_alive
    try:
        values = known_values(settings, environ)
        probe = resolved_health(service, settings, values)
        port = resolved_port(service, settings, values)
    except ConfigError as error:
        probe, port = None, None
        trouble = error.message
    else:
        trouble = ""
    health = None
    if probe is not None and (probe.kind != "log" or is_alive):
        health = probe_health(probe, PROBE_S, health_logs(service, settings, state))
    elif probe is not None:
        health = Health(ok=False, reason="not running")
    if is_alive:
        return _alive(service, state, process, health)
    outside = find_outside_process(service, port)
    if outside is not None:
        return ServiceCondition(ServiceState.RUNNING, outside.how, outside.process, None, health, outside.started_by)
    gone, reason = _gone(service, state)
    if trouble and gone is not ServiceState.RUNNING:
        reason = f"{reason}; {trouble}" if reason else trouble
    if gone is ServiceState.UNKNOWN and probe is not None and probe.kind != "log" and health is not None and health.ok:
        return ServiceCondition(ServiceState.RUNNING, "not started by LogLama; it answers", None, None, health, "port")
    if gone is ServiceState.UNKNOWN and not _can_be_told(service):
        health = None
    return ServiceCondition(gone, reason, None, _restarts(state, service.name), health)


def _alive(
    service: DeclaredService, state: StateFolder, process: ProcessIdentity | None, health: Health | None
) -> ServiceCondition:
    stage = state.read(service.name, "stage")
    since = stage.get("since", 0.0)
    what = stage.get("stage")
    reason = ""
    found = ServiceState.RUNNING
    starting = what == "starting" and time.time() - since < service.start_timeout_s + PROBE_S
    if starting and (health is None or not health.ok):
        found, reason = ServiceState.STARTING, "it was launched and is not well yet"
    elif what == "stopping":
        reason = "it was asked to end"
    elif health is not None and not health.ok:
        reason = f"its process runs, its health does not: {health.reason}"
    elif stage.get("adopted"):
        reason = f"it outlived its supervisor; `loglama restart {service.name}` puts it under the new one"
    ended = state.read(service.name, "restarts").get("ended")
    if not reason and ended:
        at = state.read(service.name, "restarts").get("ended_at", time.time())
        reason = f"restarted after {ended}, {duration(max(0, time.time() - at))} ago"
    return ServiceCondition(found, reason, process, _restarts(state, service.name), health, "loglama")


def _gone(service: DeclaredService, state: StateFolder) -> tuple[ServiceState, str]:
    """Return state and reason of a service none of whose processes is there."""
    stage = state.read(service.name, "stage")
    kept = state.read(service.name, "restarts")
    what = stage.get("stage")
    ago = f"{duration(max(0, time.time() - stage.get('since', time.time())))} ago"
    if what == "failed":
        return ServiceState.FAILED, f"{stage.get('reason', 'it failed')}, {ago}"
    if what in {"stopped", "stopping"}:
        return ServiceState.STOPPED, f"stopped by `loglama down`, {ago}"
    if what == "starting":
        return ServiceState.FAILED, f"it ended while it was being started, {ago}"
    if what == "running":
        return _ended(kept, state.read(service.name, "process"), has_supervisor=state.supervisor() is not None)
    if service.command is not None:
        return ServiceState.STOPPED, f"never started: `loglama up {service.name}`"
    if _can_be_told(service):
        return ServiceState.STOPPED, "not running, and not started by LogLama"
    return (
        ServiceState.UNKNOWN,
        "declared in loglama.toml with neither command, unit, pid_file nor port: only its logs tell of it",
    )


def _ended(
    kept: Mapping[str, object], launch: Mapping[str, object], *, has_supervisor: bool
) -> tuple[ServiceState, str]:
    """Return what became of a service that was up; the restart keeper needs up to a second to note an end."""
    ended, at = kept.get("ended"), kept.get("ended_at")
    launched_ns = launch.get("launched_ns", 0)
    if not isinstance(at, int | float) or not isinstance(launched_ns, int) or at * 1e9 < launched_ns:
        if has_supervisor:
            return ServiceState.STARTING, "it has just ended: whether it is restarted is being decided"
        return ServiceState.FAILED, "its process is gone, and with it the supervisor that would have restarted it"
    words = f"{ended} {duration(max(0, time.time() - at))} ago"
    next_at = kept.get("next_at")
    if isinstance(next_at, int | float):
        return ServiceState.STARTING, f"{words}; restarts in {max(0.0, next_at - time.time()):.0f} s"
    if not kept.get("given_up"):
        return ServiceState.STARTING, f"{words}; it is being restarted"
    reason = f"{words}; {kept['given_up']}"
    return (ServiceState.STOPPED if ended == "exit code 0" else ServiceState.FAILED), reason


def _can_be_told(service: DeclaredService) -> bool:
    return any((service.command, service.unit, service.pid_file, service.port, service.health))


def _restarts(state: StateFolder, name: str) -> int | None:
    if not state.read(name, "stage"):
        return None
    count = state.read(name, "restarts").get("restarts", 0)
    return count if isinstance(count, int) else None
