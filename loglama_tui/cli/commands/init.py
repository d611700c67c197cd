"""``loglama init``: a ``loglama.toml`` and ``.env`` to start from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from loglama_core.errors import UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.display_safe import display_safe_block

if TYPE_CHECKING:
    from pathlib import Path


@click.command("init")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@global_options()
@pass_invocation
def init(invocation: Invocation, *, yes: bool, dry_run: bool) -> int:
    """Propose a loglama.toml and .env from what is found in this folder.

    Looks for pyproject.toml, requirements.txt, package.json, Procfile, docker-compose.yml, systemd units and logs, here
    and two levels below. Asks before it writes, and never over a file that is there.
    """
    from loglama_core.ecosystem.proposal.config_text import config_text
    from loglama_core.ecosystem.proposal.propose import propose_services

    settings = invocation.settings()
    target = settings.folder / "loglama.toml"
    if settings.config_file is not None and not dry_run:
        raise UsageError(f"{settings.config_file} is there already: it is left as it is", "change it by hand")
    services, troubles = propose_services(settings.folder, settings.log_dir)
    for trouble in troubles:
        standard_error.warning(trouble)
    text = config_text(services)
    if dry_run or not yes:
        standard_output.write(display_safe_block(text) if standard_output.is_terminal() else text)
    if dry_run:
        return ExitCode.OK
    if not yes and not _agreed(f"write {target}, with {len(services)} services?"):
        standard_error.note("nothing was written")
        return ExitCode.NOTHING
    _write_new(target, text)
    standard_output.write(f"wrote {target}: {', '.join(service.name for service in services) or 'no service found'}\n")
    _write_env(invocation)
    return ExitCode.OK


def _agreed(question: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("nobody can be asked: standard input is no terminal", "add --yes to write all the same")
    return click.confirm(question, err=True)


def _write_new(path: Path, text: str) -> None:
    """Write a file that was not there, private, following no link."""
    import os

    from loglama_core.errors import LogLamaError

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already: it is left as it is", "change it by hand") from error
    except OSError as error:
        raise LogLamaError(f"{path} cannot be written: {error.strerror}", "make the folder writable for you") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _write_env(invocation: Invocation) -> None:
    """Name what the services declare in a new ``.env``; one that is there is left to ``loglama env init``."""
    from loglama_core.config.env_edit import append_lines
    from loglama_core.ecosystem.env_template import missing_lines

    settings = invocation.settings()
    path = settings.folder / ".env"
    if settings.env_file is not None or path.exists():
        return
    lines, names = missing_lines(settings, path)
    append_lines(path, lines)
    standard_output.write(f"wrote {path}{': fill in ' + ', '.join(names) if names else ''}\n")
