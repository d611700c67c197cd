"""A click group that imports a command's module only when that command runs.

The short help stands in the table, so that ``loglama --help`` imports no command (click's documentation,
"lazily loading subcommands").
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import click

from loglama_core.errors import UsageError


class LazyCommand(NamedTuple):
    """Where a command is defined and what ``--help`` says of it."""

    module: str
    attribute: str
    short_help: str


class OrderedGroup(click.Group):
    """A group that lists its commands in the order they were declared, and names the nearest to an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of declaration."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is a usage error that names the nearest."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not ctx.resilient_parsing and not args[0].startswith("-"):
            from loglama_core.config.known_names import nearest_hint

            raise UsageError(f"no such command {args[0]!r}", nearest_hint(args[0], names))
        return super().resolve_command(ctx, args)


class LazyGroup(OrderedGroup):
    """The group of all commands in ``table``, in its order."""

    table: Mapping[str, LazyCommand] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), entry.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(entry)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in self.table.items()])
