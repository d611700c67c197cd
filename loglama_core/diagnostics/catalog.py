"""The list of all checks, in the order of a report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from loglama_core.config.known_names import nearest_hint
from loglama_core.diagnostics.checks import (
    collector,
    dependencies,
    environment,
    files,
    locks,
    pulse,
    secrets,
    services,
    sources,
    store,
    structured_logging,
    terminal,
    times,
    upkeep,
)
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.errors import UsageError
from loglama_core.model import Finding

GROUPS = ("environment", "store", "collector", "sources", "services", "dependencies", "terminal")
"""The groups of findings, in the order of a report."""


@dataclass(slots=True, frozen=True)
class Check:
    """One check.

    ``needs_store``: it has nothing to look at while the store cannot be opened. ``on_demand``: it reads the whole
    store, so it runs only when it is asked for.
    """

    name: str
    group: str
    run: Callable[[DiagnosticContext], Iterable[Finding]]
    needs_store: bool = False
    on_demand: bool = False


CHECKS: tuple[Check, ...] = (
    Check("python-sqlite", environment.GROUP, environment.python_and_sqlite),
    Check("packages", environment.GROUP, environment.packages),
    Check("settings", environment.GROUP, environment.settings_valid),
    Check("settings-private", environment.GROUP, files.settings_private),
    Check("env-private", environment.GROUP, environment.env_file_private),
    Check("env-required", environment.GROUP, environment.env_required),
    Check("declarations", environment.GROUP, environment.declarations),
    Check("log-folder", environment.GROUP, environment.log_folder),
    Check("store-file", store.GROUP, store.store_opens),
    Check("disk-space", store.GROUP, store.disk_space),
    Check("file-system", store.GROUP, files.local_file_system),
    Check("store-private", store.GROUP, files.store_private),
    Check("store-writable", store.GROUP, files.store_writable),
    Check("write-ahead-log", store.GROUP, locks.write_ahead_log, needs_store=True),
    Check("write-lock", store.GROUP, locks.write_lock, needs_store=True),
    Check("counts", store.GROUP, store.counts_agree, needs_store=True),
    Check("search-index", upkeep.GROUP, upkeep.search_index, needs_store=True),
    Check("retention", upkeep.GROUP, upkeep.retention, needs_store=True),
    Check("withheld", upkeep.GROUP, upkeep.withheld_records, needs_store=True),
    Check("index-integrity", upkeep.GROUP, upkeep.index_integrity, needs_store=True, on_demand=True),
    Check("integrity", store.GROUP, store.integrity, needs_store=True, on_demand=True),
    Check("collecting", collector.GROUP, collector.collector_at_work),
    Check("left-overs", collector.GROUP, collector.left_overs),
    Check("right-store", collector.GROUP, collector.right_store, needs_store=True),
    Check("version", collector.GROUP, collector.same_version),
    Check("kills", collector.GROUP, collector.killed_runs, needs_store=True),
    Check("file-events", collector.GROUP, collector.file_events),
    Check("heartbeat", pulse.GROUP, pulse.heartbeat, needs_store=True),
    Check("own-speed", pulse.GROUP, pulse.own_speed, needs_store=True),
    Check("lag", collector.GROUP, collector.keeping_up, needs_store=True),
    Check("gaps", collector.GROUP, collector.gaps, needs_store=True),
    Check("declared-sources", sources.GROUP, sources.declared_sources),
    Check("shared-files", sources.GROUP, sources.shared_files),
    Check("readable", sources.GROUP, sources.readable_sources, needs_store=True),
    Check("understood", sources.GROUP, sources.understood_lines, needs_store=True),
    Check("own-formats", sources.GROUP, sources.own_formats),
    Check("stamped", sources.GROUP, times.stamped_lines, needs_store=True),
    Check("future-times", sources.GROUP, times.future_times, needs_store=True),
    Check("past-times", sources.GROUP, times.past_times, needs_store=True),
    Check("clock-skew", sources.GROUP, times.clock_skew, needs_store=True),
    Check("secrets", secrets.GROUP, secrets.secrets_in_newest, needs_store=True),
    Check("all-secrets", secrets.GROUP, secrets.secrets_anywhere, needs_store=True, on_demand=True),
    Check("services-up", services.GROUP, services.services_up),
    Check("services-speak", services.GROUP, services.services_speak, needs_store=True),
    Check("error-rates", services.GROUP, services.error_rates, needs_store=True),
    Check("missing-logs", services.GROUP, structured_logging.missing_logs, needs_store=True),
    Check("structured-logging", services.GROUP, structured_logging.structured_logging, needs_store=True),
    Check("requirements", dependencies.GROUP, dependencies.requirements_met),
    Check("screen", terminal.GROUP, terminal.terminal_able),
    Check("mouse", terminal.GROUP, terminal.mouse),
    Check("clipboard", terminal.GROUP, terminal.clipboard),
)
"""Every check."""


def checks_named(names: Collection[str]) -> tuple[Check, ...]:
    """Return the checks of these names or groups, all but those on demand for no names.

    Raises ``UsageError`` for a name that is neither.
    """
    if not names:
        return tuple(check for check in CHECKS if not check.on_demand)
    known = [*GROUPS, *(check.name for check in CHECKS)]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no check {name!r}", nearest_hint(name, known))
    return tuple(check for check in CHECKS if check.name in names or (check.group in names and not check.on_demand))
