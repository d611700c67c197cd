"""``down``: stops services, what depends on them first, and leaves no process behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.process_identity import end, send, wait_until_gone
from loglama_core.ecosystem.service_choice import stop_order
from loglama_core.ecosystem.service_event import EventKind, Notify, ServiceEvent
from loglama_core.ecosystem.service_processes import end_all, marked_processes
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.ecosystem.supervisor_client import SupervisorClient
from loglama_core.ecosystem.supervisor_process import stop_supervisor
from loglama_core.errors import EcosystemError

_LEFTOVER_S = 2.0
_KILL_MARGIN_S = 5.0


def bring_down(settings: Settings, names: Sequence[str], notify: Notify) -> list[str]:
    """Stop these services and what depends on them (all, for none); returns the names of those that were running.

    What LogLama did not start is left alone. When nothing it started is left, its supervisor ends too. Raises
    ``UsageError`` for an unknown name, ``EcosystemError`` for a service that even SIGKILL does not end.
    """
    state = StateFolder.of(settings)
    order = stop_order(settings, names)
    if not state.path.is_dir():
        return []
    state.make()
    stopped: list[str] = []

    def stop(service: DeclaredService) -> bool:
        return stop_service(service, state, notify)

    with state.lock():
        undeclared = [] if names else _undeclared(settings, state)
        for tier in ([undeclared] if undeclared else []) + order:
            with ThreadPoolExecutor(max_workers=max(1, len(tier)), thread_name_prefix="loglama-down") as pool:
                outcomes = list(pool.map(stop, tier))
            stopped += [service.name for service, was_running in zip(tier, outcomes, strict=True) if was_running]
        _end_supervisor_if_idle(state)
    return stopped


def _undeclared(settings: Settings, state: StateFolder) -> list[DeclaredService]:
    """Return what was started once and is declared no more."""
    declared = {service.name for service in settings.services}
    return [DeclaredService(name, settings.folder) for name in state.services() if name not in declared]


def stop_service(service: DeclaredService, state: StateFolder, notify: Notify) -> bool:
    """Stop one service; returns whether it was running."""
    name = service.name
    process = state.process(name)
    marked = marked_processes(state.path).get(name, [])
    if (process is None or not process.is_alive) and not marked:
        if state.read(name, "stage").get("stage") in {"running", "starting", "failed"}:
            state.write(name, "stage", {"stage": "stopped", "since": time.time()})
        state.forget(name, "process", "launch", "restarts")
        return False
    notify(ServiceEvent(name, EventKind.STOPPING))
    begin = time.monotonic()
    forced = end_service(service, state)
    state.write(name, "stage", {"stage": "stopped", "since": time.time()})
    state.forget(name, "process", "launch", "restarts")
    seconds = time.monotonic() - begin
    if forced:
        text = f"it ignored SIGTERM for {service.stop_timeout_s:g} s and was ended by SIGKILL"
        notify(ServiceEvent(name, EventKind.KILLED, text))
    else:
        notify(ServiceEvent(name, EventKind.STOPPED, f"{seconds:.1f} s"))
    return True


def end_service(service: DeclaredService, state: StateFolder) -> bool:
    """End every process of a service, within its stop timeout and a few seconds; returns whether force was needed.

    Raises ``EcosystemError`` when a process is left all the same, or belongs to another user.
    """
    name = service.name
    stage = state.read(name, "stage")
    state.write(name, "stage", stage | {"stage": "stopping"})  # the restart keeper leaves it alone from here on
    process = state.process(name)
    try:
        forced = _end_main(service, state)
        if process is not None and not wait_until_gone(process, _KILL_MARGIN_S):
            send(process, signal.SIGKILL, group=True)
            wait_until_gone(process, _KILL_MARGIN_S)
            forced = True
        left = marked_processes(state.path).get(name, [])
        end_all(left, _LEFTOVER_S)
    except PermissionError as error:
        raise EcosystemError(f"{name} belongs to another user", "stop it as that user") from error
    if process is not None and process.is_alive:
        raise EcosystemError(
            f"{name} (pid {process.pid}) does not end, not even by SIGKILL", "it hangs in the kernel: look at its disk"
        )
    return forced


def _end_main(service: DeclaredService, state: StateFolder) -> bool:
    """End the main process, through the supervisor if that runs it, else by its identity."""
    process = state.process(service.name)
    if state.supervisor() is not None:
        client = SupervisorClient(state.path)
        try:
            if client.stop(service.name):
                return _wait_stopped(service, client)
        except EcosystemError:
            pass  # it hangs or has just died: what it ran is ended all the same
        finally:
            client.close()
    return process is not None and process.is_alive and end(process, service.stop_timeout_s)


def _wait_stopped(service: DeclaredService, client: SupervisorClient) -> bool:
    """Wait for the supervisor to have ended it, which it does by force in the end; returns whether by force."""
    begin = time.monotonic()
    limit = service.stop_timeout_s
    while client.state_of(service.name) == "STOPPING":
        if time.monotonic() - begin > limit + _KILL_MARGIN_S:
            return True
        time.sleep(0.02)
    return time.monotonic() - begin >= max(1, round(limit))


def _end_supervisor_if_idle(state: StateFolder) -> None:
    for name in state.services():
        process = state.process(name)
        if process is not None and process.is_alive:
            return
    stop_supervisor(state)
    # The keeper ends with its supervisor; one whose supervisor was killed in the middle of a write may not have.
    end_all(marked_processes(state.path).get("", []), _LEFTOVER_S)
