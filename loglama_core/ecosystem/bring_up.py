"""``up``: starts services in dependency order, tier by tier, each tier once everything before it is well."""

from __future__ import annotations

import time
import xmlrpc.client
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import Settings
from loglama_core.ecosystem.bring_down import end_service
from loglama_core.ecosystem.declaration_check import check_declarations
from loglama_core.ecosystem.environment_check import check_environment
from loglama_core.ecosystem.health_logs import health_logs, log_sizes
from loglama_core.ecosystem.health_probe import probe_health
from loglama_core.ecosystem.launch_plan import LaunchPlan, plan_launch, resolved_health, resolved_port
from loglama_core.ecosystem.outside_process import find_outside_process, is_listening, listener_of
from loglama_core.ecosystem.problem import Problem
from loglama_core.ecosystem.readiness import wait_launched, wait_ready
from loglama_core.ecosystem.service_choice import start_order
from loglama_core.ecosystem.service_environment import known_values
from loglama_core.ecosystem.service_event import EventKind, Notify, ServiceEvent
from loglama_core.ecosystem.service_output import last_lines, text_since
from loglama_core.ecosystem.service_processes import end_all, marked_processes
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.ecosystem.supervisor_client import SupervisorClient
from loglama_core.ecosystem.supervisor_process import ensure_supervisor
from loglama_core.errors import ConfigError, EcosystemError

_OUTSIDE_PROBE_S = 2.0


class InvalidEcosystemError(ConfigError):
    """Services cannot be started as they are declared; ``problems`` says why, one by one. Nothing was started."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        more = "" if len(problems) == 1 else f" ({len(problems)} problems in all)"
        super().__init__(f"{first.problem}{more}; nothing was started", first.remedy)
        self.problems = tuple(problems)


@dataclass(slots=True)
class UpReport:
    """What came of it: names of services, in the order it happened."""

    ready: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything asked for is up."""
        return not self.failed and not self.skipped


def bring_up(
    settings: Settings,
    names: Sequence[str],
    environ: Mapping[str, str],
    notify: Notify,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> UpReport:
    """Start these services and what they depend on; all that have a command, for none.

    Everything is checked before anything starts: raises ``InvalidEcosystemError``, ``UsageError`` for an unknown name.
    A service that fails costs what depends on it and nothing else. Once ``cancelled`` returns true nothing more is
    started and what is being started fails. Raises ``EcosystemError`` when the supervisor
    cannot be started.
    """
    order = start_order(settings, names)
    plans = check_startable(settings, names, environ)
    state = StateFolder.of(settings)
    state.make()
    _make_log_folder(settings)
    with state.lock():
        ensure_supervisor((service for service in settings.services if service.command is not None), state, environ)
        starter = _Starter(settings, environ, state, notify, plans, cancelled)
        return _tier_by_tier(order, starter, notify)


def check_startable(settings: Settings, names: Sequence[str], environ: Mapping[str, str]) -> dict[str, LaunchPlan]:
    """Return how to start these services and what they depend on; raises what ``bring_up`` raises before it starts."""
    order = start_order(settings, names)
    plans = _checked_plans(settings, [service for tier in order for service in tier], environ, StateFolder.of(settings))
    if not plans:
        raise EcosystemError(
            "no service declares a command: there is nothing to start",
            'add command = "…" to a [services.NAME] of loglama.toml; `loglama init` proposes one',
        )
    return plans


def _tier_by_tier(order: list[list[DeclaredService]], starter: _Starter, notify: Notify) -> UpReport:
    report = UpReport()
    for tier in order:
        startable = []
        for service in tier:
            missing = [name for name in service.depends_on if name in {*report.failed, *report.skipped}]
            if missing:
                report.skipped.append(service.name)
                text = f"{' and '.join(missing)}, which it depends on, {'is' if len(missing) == 1 else 'are'} not up"
                notify(ServiceEvent(service.name, EventKind.SKIPPED, text))
            else:
                startable.append(service)
        with ThreadPoolExecutor(max_workers=max(1, len(startable)), thread_name_prefix="loglama-up") as pool:
            outcomes = list(pool.map(starter.start, startable))
        for service, is_up in zip(startable, outcomes, strict=True):
            (report.ready if is_up else report.failed).append(service.name)
    return report


def _checked_plans(
    settings: Settings, services: Sequence[DeclaredService], environ: Mapping[str, str], state: StateFolder
) -> dict[str, LaunchPlan]:
    names = {service.name for service in services}
    problems = [problem for problem in check_declarations(settings, environ) if problem.service in names]
    problems += check_environment(settings, environ, services)
    plans = {}
    told = {problem.service for problem in problems}
    for service in services:
        if service.command is None:
            continue
        try:
            plans[service.name] = plan_launch(service, settings, environ, state)
        except ConfigError as error:
            if service.name not in told:  # what it stumbles over was said already
                problems.append(Problem(service.name, "command", error.message, error.hint))
    if problems:
        raise InvalidEcosystemError(problems)
    return plans


def _make_log_folder(settings: Settings) -> None:
    try:
        settings.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EcosystemError(
            f"the log folder {settings.log_dir} cannot be made: {error.strerror}",
            "make it, or set LOGLAMA_LOG_DIR to a folder that is there",
        ) from error


class _Starter:
    """Starts one service after another or several at once; each start has a supervisor connection of its own."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        state: StateFolder,
        notify: Notify,
        plans: Mapping[str, LaunchPlan],
        cancelled: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._state = state
        self._notify = notify
        self._plans = plans
        self._cancelled = cancelled

    def start(self, service: DeclaredService) -> bool:
        """Start a service and wait until it is well; returns whether it is up."""
        if self._cancelled():
            self._notify(ServiceEvent(service.name, EventKind.FAILED, "cancelled before it was started"))
            return False
        if self._is_up_already(service):
            return True
        plan = self._plans.get(service.name)
        if plan is None:
            self._fail(service.name, "it declares no command and is not running", ())
            return False
        if plan.port is not None and is_listening(plan.port):
            self._fail(service.name, self._taken(plan.port), ())
            return False
        client = SupervisorClient(self._state.path)
        try:
            return self._launch(plan, client)
        except EcosystemError as error:
            self._fail(service.name, error.message, ())
            return False
        finally:
            client.close()

    def _is_up_already(self, service: DeclaredService) -> bool:
        """Look for the service in what an earlier ``up`` started, then in what others have started."""
        process = self._state.process(service.name)
        if process is not None and process.is_alive:
            return self._keep_running(service, process.pid)
        values = known_values(self._settings, self._environ)
        port = resolved_port(service, self._settings, values)
        outside = find_outside_process(service, port)
        probe = resolved_health(service, self._settings, values)
        # Something on its port is the service itself only if it also answers as the service would.
        answers = probe is not None and probe.kind == "http" and probe_health(probe, _OUTSIDE_PROBE_S).ok
        if outside is not None and (outside.started_by != "port" or answers or service.command is None):
            self._notify(ServiceEvent(service.name, EventKind.RUNNING, outside.how))
            return True
        if service.command is None and probe is not None and probe_health(probe, _OUTSIDE_PROBE_S).ok:
            self._notify(ServiceEvent(service.name, EventKind.RUNNING, "not started by LogLama; it answers"))
            return True
        return False

    def _keep_running(self, service: DeclaredService, pid: int) -> bool:
        client = SupervisorClient(self._state.path)
        try:
            supervised = client.state_of(service.name) in {"RUNNING", "STARTING"}
        finally:
            client.close()
        stage = self._state.read(service.name, "stage")
        if supervised:
            self._notify(ServiceEvent(service.name, EventKind.RUNNING, f"pid {pid}"))
        else:
            self._notify(ServiceEvent(service.name, EventKind.ADOPTED, f"pid {pid}, outlived its supervisor"))
        if not supervised or stage.get("stage") != "running":
            self._state.write(
                service.name, "stage", self._running_stage(service, adopted=not supervised) | stage_logs(stage)
            )
        return True

    def _running_stage(self, service: DeclaredService, *, adopted: bool = False) -> dict[str, object]:
        return {"stage": "running", "since": time.time(), "restart": service.restart, "adopted": adopted}

    def _taken(self, port: int) -> str:
        pid = listener_of(port)
        who = "another process" if pid is None else f"pid {pid} ({_program_of(pid)})"
        return f"port {port} is taken by {who}, which LogLama did not start"

    def _launch(self, plan: LaunchPlan, client: SupervisorClient) -> bool:
        service = plan.service
        name = service.name
        end_all(marked_processes(self._state.path).get(name, []), service.stop_timeout_s)
        self._state.forget(name, "process", "restarts")
        sizes = log_sizes(service)
        self._state.write(name, "stage", {"stage": "starting", "since": time.time(), "log_sizes": sizes})
        self._state.write(name, "launch", plan.document(self._state))
        self._notify(ServiceEvent(name, EventKind.STARTING))
        client.start(name)
        process = wait_launched(self._state, name, lambda: client.state_of(name) not in {"RUNNING", "STARTING"})
        if process is None:
            self._fail(name, "its launcher did not come up", tuple(self._launcher_lines()))
            return False
        readiness = wait_ready(plan, process, health_logs(service, self._settings, self._state), self._cancelled)
        if readiness.fault:
            fault = readiness.fault + (_exit_words(client, name) if readiness.ended else "")
            if fault.endswith("exit code 0"):
                fault += " (a service stays in the foreground: one that puts itself into the background is lost)"
            end_service(service, self._state)
            self._fail(name, fault, tuple(self._last_lines(name)))
            return False
        self._state.write(name, "stage", self._running_stage(service) | {"log_sizes": sizes})
        if not process.is_alive:  # between the last look and the word "running" nobody would have restarted it
            self._fail(name, f"it ended at once{_exit_words(client, name)}", tuple(self._last_lines(name)))
            return False
        self._notify(ServiceEvent(name, EventKind.READY, f"pid {process.pid}, {readiness.seconds:.1f} s"))
        return True

    def _launcher_lines(self) -> list[str]:
        return text_since(self._state.path / "launcher.log", 0, 2000).splitlines()[-2:]

    def _last_lines(self, name: str) -> list[str]:
        record = self._state.read(name, "process")
        return last_lines(self._settings, name, (record.get("stdout_offset", 0), record.get("stderr_offset", 0)))

    def _fail(self, name: str, reason: str, lines: tuple[str, ...]) -> None:
        self._state.write(name, "stage", {"stage": "failed", "since": time.time(), "reason": reason})
        self._state.forget(name, "launch")  # its secrets are in it
        self._notify(ServiceEvent(name, EventKind.FAILED, reason, lines))


def stage_logs(stage: Mapping[str, object]) -> dict[str, object]:
    """Return what a stage knows of its logs, to be kept in the next one."""
    return {key: stage[key] for key in ("log_sizes",) if key in stage}


def _exit_words(client: SupervisorClient, name: str) -> str:
    """Return ``: exit code 3`` of a process that has just ended."""
    for _ in range(50):
        try:
            info = client.call("getProcessInfo", name)
        except (EcosystemError, xmlrpc.client.Fault):
            return ""
        if info["statename"] in {"EXITED", "FATAL", "STOPPED"}:
            code = info.get("exitstatus", -1)
            return f": exit code {code}" if code >= 0 else ": killed by a signal"
        time.sleep(0.02)
    return ""


def _program_of(pid: int) -> str:
    import psutil

    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "?"
