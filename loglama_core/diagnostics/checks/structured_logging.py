"""Checks of how the declared services log: the four questions of missing logs, and what their records tell of them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from loglama_core.amounts import counted
from loglama_core.collector.daemon_lock import running_daemon
from loglama_core.config.services import DeclaredService
from loglama_core.config.settings import SettingOrigin
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus, LogRecord

GROUP = "services"

_VERSION_KEYS = ("version", "service_version", "app_version")
_LEAST_SAMPLED = 20
_ELSEWHERE = ("*.log", "logs/*.log", "log/*.log", "var/log/*.log")


def missing_logs(context: DiagnosticContext) -> Iterator[Finding]:
    """Ask the four questions about every declared service without records.

    Is it configured, is its file there and readable, is a collector running, is the path right?
    """
    if context.settings.sources["services"].origin is SettingOrigin.DEFAULT:
        return
    heard = set(context.store.services())
    mute = [service for service in context.settings.services if service.name not in heard]
    for service in mute:
        evidence, remedy = _four_answers(context, service)
        yield Finding(
            "missing-logs",
            GROUP,
            FindingStatus.WARN,
            f"{service.name}: no record yet",
            evidence,
            remedy,
            service=service.name,
        )
    if not mute:
        count = len(context.settings.services)
        yield Finding(
            "missing-logs", GROUP, FindingStatus.OK, f"{counted(count, 'declared service')}, each with records"
        )


def structured_logging(context: DiagnosticContext) -> Iterator[Finding]:
    """Tell of each service's newest records whether they name a logger and a version, and fields at all.

    A file whose records are understood but carry none of these is plain text: good enough, and said. What is wrong is a
    service that logs JSON without saying which of its loggers speaks.
    """
    by_service: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in context.newest_records:
        by_service[record.service].append(record)
    evidence = []
    for service, records in sorted(by_service.items()):
        if len(records) < _LEAST_SAMPLED:
            continue
        told = {
            "logger": _share(record.logger is not None for record in records),
            "version": _share(any(key in record.fields for key in _VERSION_KEYS) for record in records),
            "level": _share(record.severity > 0 for record in records),
            "fields": _share(bool(record.fields) for record in records),
        }
        evidence.append(f"{service}: " + ", ".join(f"{what} in {share:.0%}" for what, share in told.items()))
        if told["fields"] > 0.9 and told["level"] < 0.5 and told["logger"] < 0.5:
            yield Finding(
                "structured-logging",
                GROUP,
                FindingStatus.WARN,
                f"{service}: its structured records name neither level nor logger",
                (evidence[-1], *_keys(records)),
                "add level and logger to them: `from loglama_core.emit import setup_logging` does",
                service=service,
            )
            evidence.pop()
    if evidence:
        summary = f"services whose newest records tell what they log: {len(evidence)}"
        yield Finding("structured-logging", GROUP, FindingStatus.OK, summary, tuple(evidence))


def _four_answers(context: DiagnosticContext, service: DeclaredService) -> tuple[tuple[str, ...], str]:
    """Return the answers, and what to do about the first that is no."""
    files = [file for file in context.files.candidates if file.service == service.name]
    shut = [file.path for file in files if not os.access(file.path, os.R_OK)]
    written = [file for file in files if file.size]
    collects = running_daemon(context.settings.db_path) is not None
    others = _named_otherwise(context, {file.path for file in files})
    elsewhere = [] if files else _files_elsewhere(context, service)
    name = service.name
    where = ", ".join(service.logs) or "nothing"
    answers = (
        (bool(service.logs), f"configured? logs = {where}", f"set logs of [services.{name}] in loglama.toml"),
        (
            bool(files),
            f"file exists? {', '.join(context.short(file.path) for file in files[:3]) or 'no file matches'}",
            f"set logs of [services.{name}] to {context.short(elsewhere[0])}, which exists"
            if elsewhere
            else f"start {name}; if it runs, mend logs of [services.{name}]",
        ),
        (
            not shut,
            f"readable? {', '.join(map(context.short, shut)) or 'nothing is shut'}",
            f"make {context.short(shut[0])} readable for the user that collects" if shut else "",
        ),
        (
            bool(written) or not files,
            f"written? {sum(file.size for file in files):,} bytes",
            f"let {name} log something",
        ),
        (
            collects or not written,
            f"collector running? {'yes' if collects else 'no daemon'}",
            "loglama log-collector start",
        ),
        (
            not others,
            f"path right? {f'its records name the service {others[0]}' if others else 'nothing speaks against it'}",
            f"let its records name the component {name}, or declare {others[0]}" if others else "",
        ),
    )
    remedy = next((remedy for is_well, _, remedy in answers if not is_well), "loglama collect-logs")
    return tuple(f"{'yes' if is_well else 'NO '}  {text}" for is_well, text, _ in answers), remedy


def _named_otherwise(context: DiagnosticContext, paths: set[str]) -> list[str]:
    """Return the services that the records of these files name themselves."""
    sources = [source.lineage for source in context.sources if source.path in paths and source.records]
    return sorted({record.service for record in context.newest_records if record.source in sources})


def _files_elsewhere(context: DiagnosticContext, service: DeclaredService) -> list[Path]:
    """Return log files of the service's name in the places where they are usually written."""
    folders = [context.settings.log_dir, service.folder, service.folder / service.name]
    if service.cwd is not None:
        folders.append(service.cwd)
    found = [path for folder in folders for pattern in _ELSEWHERE for path in folder.glob(pattern)]
    return [path for path in dict.fromkeys(found) if service.name in path.stem]


def _share(answers: Iterable[bool]) -> float:
    listed = list(answers)
    return sum(listed) / len(listed)


def _keys(records: list[LogRecord]) -> tuple[str, ...]:
    return (f"fields of the newest: {', '.join(sorted(records[-1].fields)[:12])}",)
