"""``loglama env``: the settings and the shared ``.env``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from loglama_core.errors import UsageError
from loglama_tui.cli import standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.lazy_group import OrderedGroup
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column, format_rows

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings

_COLUMNS = (Column("name", "NAME"), Column("value", "VALUE"), Column("source", "SOURCE"))


@click.group(cls=OrderedGroup, no_args_is_help=False)
@global_options()
def env() -> None:
    """See settings and the shared .env."""


@env.command("list")
@click.option("--show-secrets", is_flag=True, help="Show secret values too; on a terminal only.")
@format_option
@global_options()
@pass_invocation
def list_(invocation: Invocation, *, show_secrets: bool, output_format: str | None) -> int:
    """List every setting and every name of the .env, with its value and where that comes from."""
    if show_secrets and not standard_output.is_terminal():
        raise UsageError("--show-secrets needs a terminal", "leave it out: names and sources are listed all the same")
    settings = invocation.settings()
    rows = environment_rows(settings, show_secrets=show_secrets)
    text = format_rows(
        rows,
        _COLUMNS,
        chosen_format(output_format),
        terminal=standard_output.is_terminal(),
        color=invocation.use_color(),
    )
    standard_output.write(text)
    return ExitCode.OK


def environment_rows(settings: Settings, *, show_secrets: bool) -> list[dict[str, object]]:
    """Return ``name, value, source, secret`` of the settings and then of the other names in the ``.env``.

    The value is the one that applies: what the environment holds is stronger than the file.
    """
    from loglama_core.config.secret_names import is_secret, mask
    from loglama_core.config.settings import SETTINGS

    declared = {name for service in settings.services for name in service.env_secret}
    entries = [
        (setting.variable, str(getattr(settings, setting.name)), str(settings.sources[setting.name]))
        for setting in SETTINGS
    ]
    known = {setting.variable for setting in SETTINGS}
    for name, entry in settings.env.items():
        if name in known:
            continue
        if name in os.environ:
            entries.append((name, os.environ[name], "environment"))
        else:
            entries.append((name, entry.value, f"{settings.env_file} line {entry.line}"))
    return [
        {
            "name": name,
            "value": value if show_secrets else mask(name, value, declared),
            "source": source,
            "secret": is_secret(name, value, declared),
        }
        for name, value, source in entries
    ]
