"""Checks of the sources: found, read, understood."""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from loglama_core.amounts import counted
from loglama_core.collector.remote_scan import UNANSWERED
from loglama_core.config.settings import SettingOrigin
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.formats.catalog import mistakes
from loglama_core.formats.own_folder import use_folder
from loglama_core.model import Finding, FindingStatus, LogRecord, RecordFlag, SourceCondition
from loglama_core.query.quoting import quote
from loglama_core.query.time_expression import time_text
from loglama_core.secret_text import mask_secrets

GROUP = "sources"

_LEAST_SAMPLED = 20
_SHARE_WARN = 0.2
_LEAST_CHANGED = 10
_SHOWN = 10
_LINE_SHOWN = 120
_LINE_MASKED = 1_000
"""Characters looked at for secrets: one that begins among those shown ends among these."""
_SERVICES_COMPARED = 50


def declared_sources(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the logs of every declared service match a file; the preset only guesses where files may be."""
    settings = context.settings
    if settings.sources["services"].origin is SettingOrigin.DEFAULT:
        return
    found = {file.service for file in context.files.candidates}
    is_known = UNANSWERED not in context.files.problems.values()  # else any file may be where nobody answers
    silent = [service for service in settings.services if service.logs and service.name not in found and is_known]
    for service in silent:
        yield Finding(
            "declared-sources",
            GROUP,
            FindingStatus.WARN,
            f"{service.name}: no file matches its logs",
            tuple(f"logs = {pattern!r}, looked for in {service.folder}" for pattern in service.logs),
            f"mend logs of [services.{service.name}] in loglama.toml, or start the service",
            service=service.name,
        )
    if not silent:
        summary = f"log files of {counted(len(settings.services), 'declared service')} are there"
        yield Finding("declared-sources", GROUP, FindingStatus.OK, summary)


def shared_files(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no file is declared for two services: its records would all go to the first of them."""
    settings = context.settings
    if settings.sources["services"].origin is SettingOrigin.DEFAULT or len(settings.services) > _SERVICES_COMPARED:
        return
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for service in settings.services:
        alone = replace(settings, declared_services=(service,))
        for file in context.finder.find(alone, [service.name]).candidates:
            owners[file.path].append(service.name)
    shared = {path: names for path, names in owners.items() if len(names) > 1}
    for path, names in list(shared.items())[:_SHOWN]:
        yield Finding(
            "shared-files",
            GROUP,
            FindingStatus.WARN,
            f"{context.short(path)} is declared for {' and '.join(names)}: {names[0]} gets its records",
            tuple(f"logs of [services.{name}] match it" for name in names),
            "let the patterns in loglama.toml match different files; records that name their service need no pattern",
            service=names[0],
        )
    if owners and not shared:
        yield Finding("shared-files", GROUP, FindingStatus.OK, "no file is declared for two services")


def readable_sources(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every source can be read."""
    problems = context.files.problems
    for path, reason in list(problems.items())[:_SHOWN]:
        remedy = "make it readable for the user that collects, or remove it"
        if reason == UNANSWERED:
            remedy = f"bring back the server of {path}, or let go of it: umount -l {path}"
        yield Finding("readable", GROUP, FindingStatus.WARN, f"{context.short(path)}: {reason}", (), remedy)
    shut = [file for file in context.files.candidates if not os.access(file.path, os.R_OK)]
    for file in shut[:_SHOWN]:
        path = context.short(file.path)
        yield Finding(
            "readable",
            GROUP,
            FindingStatus.FAIL,
            f"{path}: this user may not read it",
            (f"mode {stat.S_IMODE(os.stat(file.path).st_mode):04o}, service {file.service}",),  # noqa: PTH116 - a text
            f"make {path} readable for the user that collects: setfacl -m u:{os.geteuid()}:r {path}",
            service=file.service,
        )
    sources = context.sources
    told = {file.path for file in shut}
    failed = [
        source
        for source in sources
        if (source.error or source.state == SourceCondition.FAILED) and source.path not in told
    ]
    for source in failed[:_SHOWN]:
        path = context.short(source.path)
        yield Finding(
            "readable",
            GROUP,
            FindingStatus.FAIL,
            f"{path}: {source.error or 'it cannot be read'}",
            (f"service {source.service}, {source.records:,} records so far", "it is tried again at every scan"),
            f"make {path} readable for the user that collects",
            service=source.service,
        )
    if len(failed) > _SHOWN:
        summary = f"{len(failed) - _SHOWN} more sources cannot be read"
        yield Finding("readable", GROUP, FindingStatus.FAIL, summary, tuple(source.path for source in failed[_SHOWN:]))
    if not failed and not shut and not problems:
        summary = f"{counted(len(sources), 'source')} read without error"
        yield Finding("readable", GROUP, FindingStatus.OK, summary)


def understood_lines(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that formats match the lines of their sources, and have not ceased to."""
    remedy = "set format of the service in loglama.toml; the lines are stored and searchable all the same"
    changed = _changed_formats(context.newest_records)
    formats = {source.lineage: source.format for source in context.sources}
    for source, odd in list(changed.items())[:_SHOWN]:
        yield Finding(
            "understood",
            GROUP,
            FindingStatus.WARN,
            f"{context.short(source)}: its format changed, the newest {_lines(odd):,} lines match none",
            (
                f"the lines before were understood (format {formats.get(source) or 'not known any more'})",
                *_examples(odd),
            ),
            remedy,
            service=odd[-1].service,
            query=f"source:{quote(source)} since:{time_text(odd[0].time_ns)}",
        )
    yield from share_finding(
        context,
        RecordFlag.UNPARSED,
        "understood",
        "lines match no known format",
        "lines are understood",
        remedy,
        told=changed,
    )


def own_formats(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that every format in the user's own folder can be used."""
    folder = context.settings.formats_dir
    if folder is None:
        return
    use_folder(folder)
    wrong = mistakes()
    for mistake in wrong[:_SHOWN]:
        yield Finding(
            "own-formats",
            GROUP,
            FindingStatus.WARN,
            f"the format {mistake.name} is not used: {mistake.reason}",
            (f"{context.short(mistake.path)} line {mistake.line}",),
            "mend it there; `loglama formats list` shows what is used",
        )
    if not wrong:
        yield Finding("own-formats", GROUP, FindingStatus.OK, f"the formats in {context.short(folder)} can be used")


def share_finding(
    context: DiagnosticContext,
    flag: RecordFlag,
    check: str,
    trouble: str,
    well: str,
    remedy: str,
    *,
    told: Collection[str] = (),
) -> Iterator[Finding]:
    """Compare how many of each source's newest records carry a flag with what is tolerable.

    ``told``: sources of which more is known already.
    """
    records = context.newest_records
    if not records:
        return
    by_source: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
    flagged = Counter(record.source for record in records if record.flags & flag)
    bad = [
        (source, flagged[source] / len(found))
        for source, found in by_source.items()
        if source not in told and len(found) >= _LEAST_SAMPLED and flagged[source] / len(found) > _SHARE_WARN
    ]
    for source, share in sorted(bad, key=lambda item: -item[1])[:_SHOWN]:
        examples = [record for record in by_source[source] if record.flags & flag]
        yield Finding(
            check,
            GROUP,
            FindingStatus.WARN,
            f"{context.short(source)}: {share:.0%} of the newest {len(by_source[source]):,} {trouble}",
            _examples(examples),
            remedy,
            service=examples[-1].service,
            query=f"source:{quote(source)}",
        )
    if not bad and not told:
        share = 1 - flagged.total() / len(records)
        amount = "all" if share == 1 else f"{share:.1%}"
        yield Finding(check, GROUP, FindingStatus.OK, f"{amount} of the newest {len(records):,} {well}")


def _changed_formats(records: Iterable[LogRecord]) -> dict[str, list[LogRecord]]:
    """Return the sources whose newest lines match no format while those before did, with these newest records."""
    understood: Counter[str] = Counter()
    odd: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in records:
        if record.flags & RecordFlag.UNPARSED:
            odd[record.source].append(record)
        else:
            understood[record.source] += 1 + len(odd.pop(record.source, ()))
    return {
        source: found
        for source, found in odd.items()
        if _lines(found) >= _LEAST_CHANGED and understood[source] >= _LEAST_CHANGED
    }


def _lines(records: Iterable[LogRecord]) -> int:
    """Return how many lines the records are made of: such that match no format join the one before."""
    return sum(record.message.count("\n") + 1 for record in records)


def _examples(records: Sequence[LogRecord]) -> tuple[str, ...]:
    """Return the first lines of the newest; secrets in them are masked: findings are shown to others."""
    return tuple(
        mask_secrets(record.message.split("\n", 1)[0][:_LINE_MASKED])[0][:_LINE_SHOWN] for record in records[-3:]
    )
