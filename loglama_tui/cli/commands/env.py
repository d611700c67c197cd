"""``loglama env``: the settings and the shared ``.env``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import ConfigError, UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.cli.shell_candidates import complete_declared_service, complete_variable
from loglama_tui.display_safe import display_safe

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.config.settings import Settings

_COLUMNS = (Column("name", "NAME"), Column("value", "VALUE"), Column("source", "SOURCE"))
_PROBLEM_COLUMNS = (
    Column("service", "SERVICE"),
    Column("variable", "VARIABLE"),
    Column("problem", "PROBLEM", sgr=lambda _: "1;91"),
    Column("remedy", "REMEDY"),
)


def _refuse_without_terminal(_context: click.Context, _parameter: click.Parameter, wanted: bool) -> bool:  # noqa: FBT001 - click's
    if wanted and not standard_output.is_terminal():
        raise UsageError("--show-secrets needs a terminal", "leave it out: names and sources are listed all the same")
    return wanted


show_secrets_option = click.option(
    "--show-secrets",
    is_flag=True,
    callback=_refuse_without_terminal,
    help="Show secret values too; on a terminal only.",
)


@click.group(cls=OrderedGroup, no_args_is_help=False)
@global_options()
def env() -> None:
    """See and change settings and the shared .env."""


@env.command("list")
@show_secrets_option
@format_option
@global_options()
@pass_invocation
def list_(invocation: Invocation, *, show_secrets: bool, output_format: str | None) -> int:
    """List every setting and every name of the .env, with its value and where that comes from."""
    rows = environment_rows(invocation.settings(), show_secrets=show_secrets)
    write_rows(invocation, rows, _COLUMNS, output_format)
    return ExitCode.OK


@env.command("get")
@click.argument("name", shell_complete=complete_variable)
@show_secrets_option
@global_options()
@pass_invocation
def get(invocation: Invocation, *, name: str, show_secrets: bool) -> int:
    """Print the value that applies; a secret masked. Exit code 1: it is not set."""
    rows = {row["name"]: row for row in environment_rows(invocation.settings(), show_secrets=show_secrets)}
    if name not in rows:
        from loglama_core.config.known_names import nearest_hint

        standard_error.warning(f"{name} is not set; {nearest_hint(name, [str(known) for known in rows])}")
        return ExitCode.NOTHING
    value = str(rows[name]["value"])
    standard_output.write(f"{display_safe(value) if standard_output.is_terminal() else value}\n")
    return ExitCode.OK


@env.command("set")
@click.argument("name", shell_complete=complete_variable)
@click.argument("value", required=False)
@global_options()
@pass_invocation
def set_(invocation: Invocation, *, name: str, value: str | None) -> int:
    """Set NAME to VALUE in the .env (NAME=VALUE in one word is fine too).

    Without a value it is read from standard input, on a terminal without showing it: a command line can be seen by
    everybody on the machine. Comments, order and everything else in the file stay as they are.
    """
    from loglama_core.config.env_edit import check_name, set_variable

    if value is None and "=" in name:
        name, value = name.split("=", 1)
    check_name(name)
    settings = invocation.settings()
    text = _read_value(name) if value is None else value
    _refuse_unaccepted(settings, name, text)
    path = env_path(settings)
    set_variable(path, name, text)
    standard_output.write(f"{name} is set in {path}\n")
    if name in os.environ and os.environ[name] != text:
        standard_error.warning(f"the environment sets {name} too, and is stronger than the .env")
    return ExitCode.OK


@env.command("unset")
@click.argument("names", nargs=-1, required=True, shell_complete=complete_variable)
@global_options()
@pass_invocation
def unset(invocation: Invocation, *, names: Sequence[str]) -> int:
    """Take names out of the .env. Exit code 1: none of them was in it."""
    from loglama_core.config.env_edit import unset_variables

    path = env_path(invocation.settings())
    found = unset_variables(path, names)
    for name in names:
        if name not in found:
            standard_error.warning(f"{name} is not in {path}")
    if found:
        standard_output.write(f"{', '.join(found)} taken out of {path}\n")
    return ExitCode.OK if found else ExitCode.NOTHING


@env.command("check")
@click.argument("services", nargs=-1, shell_complete=complete_declared_service)
@format_option
@global_options()
@pass_invocation
def check(invocation: Invocation, *, services: Sequence[str], output_format: str | None) -> int:
    """Check that every service finds what it requires. Exit code 1: something is missing or malformed."""
    from loglama_core.config.env_edit import repeated_names
    from loglama_core.ecosystem.environment_check import check_environment, declared_variables
    from loglama_core.ecosystem.service_choice import chosen_services

    settings = invocation.settings()
    chosen = chosen_services(settings, services)
    problems = check_environment(settings, os.environ, chosen)
    if settings.env_file is not None:
        for name, lines in repeated_names(settings.env_file).items():
            where = ", ".join(map(str, lines))
            standard_error.warning(f"{settings.env_file} assigns {name} on the lines {where}: the last counts")
    rows: list[dict[str, object]] = [
        {"service": one.service, "variable": one.subject, "problem": one.problem, "remedy": one.remedy}
        for one in problems
    ]
    if rows or chosen_format(output_format) != "pretty":
        write_rows(invocation, rows, _PROBLEM_COLUMNS, output_format)
    else:
        count = len({use.name for use in declared_variables(chosen)})
        standard_output.write(f"all is well: {count} variables declared, services: {len(chosen)}\n")
    return ExitCode.NOTHING if problems else ExitCode.OK


@env.command("init")
@global_options()
@pass_invocation
def init(invocation: Invocation) -> int:
    """Write the names that services declare into the .env, as comments to be filled in.

    No value is invented. An existing file keeps all it holds and gets only the names it lacks.
    """
    from loglama_core.config.env_edit import append_lines
    from loglama_core.ecosystem.env_template import missing_lines

    settings = invocation.settings()
    path = env_path(settings)
    lines, names = missing_lines(settings, path)
    if not lines:
        standard_output.write(f"{path} names every variable that is declared\n")
        return ExitCode.OK
    append_lines(path, lines)
    standard_output.write(f"{len(names)} to fill in, in {path}: {', '.join(names)}\n" if names else f"made {path}\n")
    return ExitCode.OK


def env_path(settings: Settings) -> Path:
    """Return the ``.env`` in use, or where it would be."""
    return settings.env_file or settings.folder / ".env"


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def environment_rows(settings: Settings, *, show_secrets: bool) -> list[dict[str, object]]:
    """Return ``name, value, source, secret`` of the settings, of the names in the ``.env`` and of those declared.

    The value is the one that applies: what the environment holds is stronger than the file.
    """
    from loglama_core.config.secret_names import is_secret, mask
    from loglama_core.config.settings import SETTINGS

    secret = {name for service in settings.services for name in service.secret_variables}
    entries = [
        (setting.variable, _as_text(getattr(settings, setting.name)), str(settings.sources[setting.name]))
        for setting in SETTINGS
    ]
    known = {setting.variable for setting in SETTINGS}
    declared = {name: None for service in settings.services for name in sorted(service.variables)}
    for name in {**dict.fromkeys(settings.env), **declared}:
        entry = settings.env.get(name)
        if name in known:
            continue
        if name in os.environ:
            entries.append((name, os.environ[name], "environment"))
        elif entry is not None:
            entries.append((name, entry.value, f"{settings.env_file} line {entry.line}"))
    return [
        {
            "name": name,
            "value": value if show_secrets else mask(name, value, secret),
            "source": source,
            "secret": is_secret(name, value, secret),
        }
        for name, value, source in entries
    ]


def _read_value(name: str) -> str:
    if sys.stdin is None:
        raise UsageError(f"{name} has no value", "give it behind the name")
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, default="", show_default=False, err=True))
    return sys.stdin.read().removesuffix("\n")


def _refuse_unaccepted(settings: Settings, name: str, value: str) -> None:
    """Refuse what a setting or a service that declares the variable would not accept; the value is not repeated."""
    from loglama_core.config.settings import SETTINGS

    for setting in SETTINGS:
        if setting.variable == name:
            try:
                setting.read(value, settings.folder)
            except (ValueError, RuntimeError) as error:
                raise ConfigError(f"{name} cannot have this value", setting.accepted) from error
    for service in settings.services:
        for declared, kind in service.env_types:
            if declared == name and (fault := kind.fault(value)):
                raise ConfigError(f"{name} {fault}: {service.name} needs {kind.accepted}", "nothing was changed")
