"""What every command shares: the global options, the settings they lead to, and a reader of the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loglama_tui.cli import standard_output

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.store.record_reader import RecordReader

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(slots=True)
class Invocation:
    """The global options of this run, wherever on the line they stood."""

    flags: dict[str, str | None] = field(default_factory=dict)
    """Attribute names of ``Settings`` -> text given on the command line."""
    debug: bool = False
    color: str = "auto"

    def settings(self, extra_flags: Mapping[str, str | None] | None = None) -> Settings:
        """Load the settings; ``extra_flags`` are those of one command. Raises ``ConfigError``."""
        from loglama_core.config.settings import load_settings

        return load_settings(flags={**self.flags, **(extra_flags or {})})

    def use_color(self) -> bool:
        """Whether output gets colours: ``--color``, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR", "0") not in {"", "0", "false"}:
            return True
        return standard_output.is_terminal() and os.environ.get("TERM", "dumb") != "dumb"


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
"""Hands the ``Invocation`` to a command as its first argument."""


@contextmanager
def open_reader(settings: Settings) -> Iterator[RecordReader]:
    """Open the store for reading and close it again. Raises ``StoreError``."""
    from loglama_core.store.sqlite_reader import SqliteReader

    reader = SqliteReader(settings.db_path)
    try:
        yield reader
    finally:
        reader.close()


def _remember_flag(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None and parameter.name is not None:
        context.ensure_object(Invocation).flags[parameter.name] = value


def _remember_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if value:
        context.ensure_object(Invocation).debug = True


def _remember_color(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).color = value


def global_options(*, hidden: bool = True) -> Callable[[Decorated], Decorated]:
    """Give a command the global options: shown by the program's own help, accepted (``hidden``) after every command."""
    path = click.Path(readable=False)  # whether it can be read is found out, and told, where it is read

    def decorate(function: Decorated) -> Decorated:
        for option in (
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                help="When to use colours.  [default: auto]",
                callback=_remember_color,
                expose_value=False,
                hidden=hidden,
            ),
            click.option(
                "--debug",
                is_flag=True,
                help="Show tracebacks.",
                callback=_remember_debug,
                expose_value=False,
                hidden=hidden,
            ),
            *(
                click.option(
                    name,
                    attribute,
                    type=path,
                    metavar=metavar,
                    help=text,
                    callback=_remember_flag,
                    expose_value=False,
                    hidden=hidden,
                )
                for name, attribute, metavar, text in (
                    ("--env-file", "env_file", "FILE", "The shared .env.  [default: ./.env]"),
                    ("--config", "config_file", "FILE", "The configuration.  [default: ./loglama.toml]"),
                    ("--db", "db_path", "PATH", "The store.  [default: logs/loglama.db]"),
                )
            ),
        ):
            function = option(function)
        return function

    return decorate
