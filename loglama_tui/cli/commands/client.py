"""``loglama client``: the one file a program of another language logs with."""

from __future__ import annotations

from pathlib import Path

import click

from loglama_core.errors import LogLamaError, UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import global_options

_FILES = {"js": "loglama.js", "php": "loglama.php", "ruby": "loglama.rb", "go": "loglama.go"}


@click.command()
@click.argument("language", type=click.Choice(list(_FILES)))
@click.option("--to", "target", metavar="PATH", type=click.Path(), help="Copy it to this file or into this folder.")
@click.option("--force", is_flag=True, help="Replace a file that is there and differs.")
@global_options()
def client(*, language: str, target: str | None, force: bool) -> int:
    r"""Print or copy the file that other languages log with.

    One small file without dependencies; its first lines show how it is used. Python needs none: it imports
    loglama_core.emit.

    \b
    loglama client js --to src/
    loglama client php > loglama.php
    """
    import loglama_core.emit

    source = Path(loglama_core.emit.__file__).with_name("clients") / _FILES[language]
    text = source.read_text("utf-8")
    if target is None:
        standard_output.write(text)
        return ExitCode.OK
    path = Path(target)
    if path.is_dir() or target.endswith("/"):
        path /= source.name
    if _is_there(path, text, force=force):
        standard_error.note(f"{path} is there already, and the same")
        return ExitCode.OK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise LogLamaError(f"{path} cannot be written: {error.strerror}", "name another place with --to") from error
    standard_error.note(f"wrote {path}")
    return ExitCode.OK


def _is_there(path: Path, text: str, *, force: bool) -> bool:
    """Tell whether the file is there as it should be. Raises ``UsageError`` when another one is in its place."""
    if not path.is_symlink() and not path.exists():
        return False
    try:
        if path.read_text("utf-8") == text:
            return True
    except (OSError, UnicodeDecodeError):
        pass
    if path.is_symlink() or not path.is_file():
        raise UsageError(f"{path} is there and is no regular file", "name another place with --to")
    if not force:
        raise UsageError(f"{path} is there and differs", "look at it; --force replaces it")
    return False
