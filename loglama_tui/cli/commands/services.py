"""``loglama services``: the declared services, and one of them up close."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import StoreError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.commands.status import chosen, look
from loglama_tui.cli.data_lines import json_line
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.service_rows import status_row, status_text
from loglama_tui.cli.shell_candidates import complete_service
from loglama_tui.cli.time_format import readable_time
from loglama_tui.display_safe import display_safe
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.ecosystem.service_report import ServiceVerdicts
    from loglama_core.model import LogRecord, ServiceStatus, SourceState

_LATEST = 5


@click.group("services", cls=OrderedGroup, invoke_without_command=True)
@format_option
@global_options()
@pass_invocation
@click.pass_context
def services(context: click.Context, invocation: Invocation, *, output_format: str | None) -> int | None:
    """List the services, or show one of them up close."""
    return None if context.invoked_subcommand else _list(invocation, output_format)


@services.command("list")
@format_option
@global_options()
@pass_invocation
def list_(invocation: Invocation, *, output_format: str | None) -> int:
    """List the services with their state; always exit code 0 (`loglama status` tells by its own)."""
    return _list(invocation, output_format)


def _list(invocation: Invocation, output_format: str | None) -> int:
    from loglama_core.ecosystem.service_status import ServiceWatch

    settings = invocation.settings()
    now_ns = time.time_ns()
    text = status_text(
        look(settings, ServiceWatch(settings), now_ns, 0.0),
        chosen_format(output_format),
        now_ns,
        terminal=standard_output.is_terminal(),
        color=invocation.use_color(),
    )
    standard_output.write(text)
    return ExitCode.OK


@services.command("show")
@click.argument("service", shell_complete=complete_service)
@format_option
@global_options()
@pass_invocation
def show(invocation: Invocation, *, service: str, output_format: str | None) -> int:
    """Show one service: state and why, what it depends on, environment, requirements, sources, latest lines."""
    from loglama_core.ecosystem.service_report import service_verdicts
    from loglama_core.ecosystem.service_status import ServiceWatch

    settings = invocation.settings()
    looking = ServiceWatch(settings)
    begun = looking.begin()
    statuses = look(settings, looking, time.time_ns(), begun)
    status = chosen(statuses, [service])[0]
    verdicts = service_verdicts(settings, service)
    sources, latest = _heard(settings, service)
    if chosen_format(output_format) == "pretty":
        standard_output.write(_as_text(settings, status, statuses, verdicts, sources, latest))
    else:
        row = _as_row(settings, status, statuses, verdicts, sources)
        standard_output.write(json_line(row, terminal=standard_output.is_terminal()))
    return ExitCode.NOTHING if status.is_down else ExitCode.OK


def _heard(settings: Settings, service: str) -> tuple[list[SourceState], list[LogRecord]]:
    from loglama_core.ecosystem.service_activity import records_of, sources_of

    if not settings.db_path.exists():
        return [], []
    try:
        with open_reader(settings) as reader:
            latest = list(reader.search(records_of(service), order="newest", limit=_LATEST))
            return sources_of(service, reader.sources(), latest), latest
    except StoreError as error:
        standard_error.warning(f"{error.message}: nothing is known of the records")
        return [], []


def _states_of(status: ServiceStatus, statuses: Sequence[ServiceStatus]) -> dict[str, str]:
    states = {one.service: str(one.state) for one in statuses}
    return {name: states.get(name, "unknown") for name in status.depends_on}


def _as_row(
    settings: Settings,
    status: ServiceStatus,
    statuses: Sequence[ServiceStatus],
    verdicts: ServiceVerdicts,
    sources: Sequence[SourceState],
) -> dict[str, object]:
    return status_row(status) | {
        "depends_on": _states_of(status, statuses),
        "needed_by": list(verdicts.dependents),
        "problems": [{"of": one.subject, "problem": one.problem, "remedy": one.remedy} for one in verdicts.problems],
        "requirements": [
            {"name": one.name, "required": one.required, "installed": one.installed, "status": str(one.status)}
            for one in verdicts.requirements
        ],
        "sources": [
            {
                "source": source_from(settings.folder, source.path),
                "state": str(source.state),
                "records": source.records,
                "lag_bytes": source.lag_bytes,
                "error": source.error,
            }
            for source in sources
        ],
    }


def _as_text(
    settings: Settings,
    status: ServiceStatus,
    statuses: Sequence[ServiceStatus],
    verdicts: ServiceVerdicts,
    sources: Sequence[SourceState],
    latest: Sequence[LogRecord],
) -> str:
    from loglama_core.ecosystem.service_report import requirements_summary

    lines = status_text([status], "pretty", time.time_ns(), terminal=True, color=False).splitlines()
    depends = ", ".join(f"{name} ({state})" for name, state in _states_of(status, statuses).items())
    lines += ["", f"depends on    {depends or '-'}", f"needed by     {', '.join(verdicts.dependents) or '-'}"]
    lines.append(f"environment   {f'{verdicts.variables} variables declared' if verdicts.variables else '-'}")
    for problem in verdicts.problems:
        lines += [f"    {problem.problem}", f"        {problem.remedy}"]
    lines.append(f"requirements  {requirements_summary(verdicts.requirements) or '-'}")
    lines += [f"    {one.name}: {one.status} ({one.required})" for one in verdicts.requirements if one.failed]
    lines.append(f"sources       {'-' if not sources else ''}".rstrip())
    for source in sources:
        trouble = f"  {source.error}" if source.error else ""
        path = source_from(settings.folder, source.path)
        lines.append(f"    {path}  {source.records:,} records, {source.lag_bytes:,} bytes behind{trouble}")
    lines.append(f"latest        {'-' if not latest else ''}".rstrip())
    for record in reversed(latest):
        first_line = record.message.partition("\n")[0]
        lines.append(f"    {readable_time(record.time_ns, utc=False)} {record.level or '-'} {first_line}")
    return "".join(f"{display_safe(line)}\n" for line in lines)
