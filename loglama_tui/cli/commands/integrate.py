"""``loglama integrate``: let a project log into LogLama."""

from __future__ import annotations

from pathlib import Path

import click

from loglama_core.errors import UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import global_options
from loglama_tui.display_safe import display_safe_block


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Make the changes, keeping a copy of each file.")
@click.option("--undo", is_flag=True, help="Take back what was written.")
@click.option("--service", metavar="S", help="Log as S.  [default: the project's own name]")
@global_options()
def integrate(*, path: Path, write: bool, undo: bool, service: str | None) -> int:
    """Show or make what a project needs to log into LogLama.

    Prints the changes as a diff: a module that sets logging up, request logging for FastAPI, Starlette, Quart, Flask,
    Django and Express, a Makefile target or a script that starts the collector. --write makes them, --undo takes them
    back. Where they are made already there is nothing to change.
    """
    from loglama_core.config.services import SERVICE_NAME

    if write and undo:
        raise UsageError("--write and --undo are two things", "give one of them")
    if service is not None and (not SERVICE_NAME.fullmatch(service) or service.startswith(".")):
        raise UsageError(f"{service!r} is no name for a service", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    return _undo(path) if undo else _integrate(path, service, write=write)


def _integrate(path: Path, service: str | None, *, write: bool) -> int:
    from loglama_core.integration.backup import write_changes
    from loglama_core.integration.plan import plan_for
    from loglama_core.integration.project import look_at

    project = look_at(path, service)
    plan = plan_for(project)
    if not plan.changes:
        standard_error.note("nothing to change")
        return ExitCode.OK
    diff = "".join(change.diff() for change in plan.changes)
    standard_output.write(display_safe_block(diff) if standard_output.is_terminal() else diff)
    if write:
        kept = write_changes(project.folder, plan.changes)
        standard_error.note(f"wrote {len(plan.changes)} files; {kept} keeps what they were, --undo takes it back")
    else:
        count = len(plan.changes)
        files = f"{count} file{'' if count == 1 else 's'}"
        standard_error.note(f"nothing was changed; --write makes these changes to {files}")
    for note in plan.notes:
        standard_error.note(f"left to do: {note}")
    return ExitCode.OK


def _undo(path: Path) -> int:
    from loglama_core.integration.backup import undo_changes

    if not path.is_dir():
        raise UsageError(f"{path} is not a folder", "give the folder of a project")
    done, left = undo_changes(path.resolve())
    for line in done:
        standard_error.note(line)
    for line in left:
        standard_error.warning(line)
    return ExitCode.NOTHING if left else ExitCode.OK
