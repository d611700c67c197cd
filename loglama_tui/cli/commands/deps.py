"""``loglama deps``: what services require, checked and installed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import EcosystemError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.cli.shell_candidates import complete_declared_service

if TYPE_CHECKING:
    from loglama_core.ecosystem.dependencies.install import InstallStep
    from loglama_core.ecosystem.dependencies.verdict import DependencyVerdict

_SGR = {"missing": "1;91", "wrong version": "1;91", "unchecked": "33", "ok": "32"}
_COLUMNS = (
    Column("service", "SERVICE"),
    Column("kind", "KIND"),
    Column("name", "NAME"),
    Column("status", "STATUS", sgr=lambda status: _SGR.get(str(status), "")),
    Column("required", "REQUIRED"),
    Column("installed", "INSTALLED"),
    Column("source", "SOURCE"),
    Column("remedy", "REMEDY"),
)


@click.group("deps", cls=OrderedGroup, no_args_is_help=False)
@global_options()
def deps() -> None:
    """Check and install what services require."""


@deps.command("check")
@click.argument("services", nargs=-1, shell_complete=complete_declared_service)
@format_option
@global_options()
@pass_invocation
def check(invocation: Invocation, *, services: Sequence[str], output_format: str | None) -> int:
    """Check Python and Node packages and system commands. Exit code 1: something is missing or of a wrong version."""
    from loglama_core.ecosystem.dependencies.dependency_check import check_dependencies
    from loglama_core.ecosystem.service_choice import chosen_services

    settings = invocation.settings()
    verdicts = check_dependencies(settings, chosen_services(settings, services))
    _write(invocation, verdicts, output_format)
    return ExitCode.NOTHING if any(one.failed for one in verdicts) else ExitCode.OK


@deps.command("install")
@click.argument("services", nargs=-1, shell_complete=complete_declared_service)
@click.option("--dry-run", is_flag=True, help="Print what would be run, and change nothing.")
@format_option
@global_options()
@pass_invocation
def install(invocation: Invocation, *, services: Sequence[str], dry_run: bool, output_format: str | None) -> int:
    """Install what is missing, into environments of the services' own.

    Python packages go into the service's virtual environment, which is made if need be; Node packages into its
    node_modules. It can be interrupted and run again. Ends with a check. Exit code 1: something is still missing.
    """
    from loglama_core.ecosystem.dependencies.dependency_check import check_dependencies
    from loglama_core.ecosystem.dependencies.install import install_steps
    from loglama_core.ecosystem.service_choice import chosen_services

    settings = invocation.settings()
    chosen = chosen_services(settings, services)
    verdicts = check_dependencies(settings, chosen)
    failed = False
    for service in chosen:
        try:
            for step in install_steps(settings, service, verdicts):
                _do(step, dry_run=dry_run)
        except EcosystemError as error:
            failed = True
            standard_error.error(error.message, error.hint)
    if dry_run:
        return ExitCode.NOTHING if failed else ExitCode.OK
    after = check_dependencies(settings, chosen)
    _write(invocation, after, output_format)
    return ExitCode.NOTHING if failed or any(one.failed for one in after) else ExitCode.OK


def _do(step: InstallStep, *, dry_run: bool) -> None:
    from loglama_core.ecosystem.dependencies.install import run_step

    if dry_run:
        words = " ".join(step.requirements)
        command = shlex.join(step.arguments)
        standard_output.write(f"{step.service}: {step.what}\n    {command}{f' ({words})' if words else ''}\n")
        return
    standard_error.note(f"{step.service}: {step.what}")
    with standard_error.ProgressLine() as line:
        run_step(step, lambda text: line.show(0, 0, f"{step.service}: {text}"))


def _write(invocation: Invocation, verdicts: Sequence[DependencyVerdict], output_format: str | None) -> None:
    rows = [
        {column.key: str(value) if (value := getattr(one, column.key)) else None for column in _COLUMNS}
        for one in verdicts
    ]
    if not rows and chosen_format(output_format) == "pretty":
        standard_output.write("no service declares requirements or system_commands\n")
        return
    write_rows(invocation, rows, _COLUMNS, output_format)
