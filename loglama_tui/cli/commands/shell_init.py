"""``loglama shell-init``: functions that log from a shell without starting a program for each line."""

from __future__ import annotations

from pathlib import Path

import click

from loglama_tui.cli import standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation


@click.command("shell-init")
@click.argument("shell", type=click.Choice(["bash", "zsh", "sh"]))
@global_options()
@pass_invocation
def shell_init(invocation: Invocation, *, shell: str) -> int:
    r"""Print functions that log from a shell: log_info and more.

    \b
    eval "$(loglama shell-init bash)"
    log_info "backup done" files=12 seconds=3.5

    log_debug, log_info, log_warning, log_error and log_critical take a message and key=value pairs. They log as
    $LOGLAMA_SERVICE, or under the script's name, into $LOGLAMA_LOG_DIR. sh is for any POSIX shell.
    """
    import shlex

    import loglama_core.emit
    from loglama_core.config.settings import SettingOrigin

    settings = invocation.settings()
    # The default is the folder ./logs of wherever the script logs, not of where its shell was started.
    is_default = settings.sources["log_dir"].origin is SettingOrigin.DEFAULT
    folder = "logs" if is_default else str(settings.log_dir)
    pieces = Path(loglama_core.emit.__file__).with_name("shell")
    standard_output.write(f"__loglama_default_folder={shlex.quote(folder)}\n")
    for piece in ("log_line.sh", f"functions.{shell}"):
        standard_output.write((pieces / piece).read_text("utf-8"))
    return ExitCode.OK
