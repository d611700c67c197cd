"""``loglama completion``: the script a shell needs to complete commands, options, services, levels and fields."""

from __future__ import annotations

import click

from loglama_tui.cli import standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import global_options

_PROGRAMS = ("loglama", "pylama")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@global_options()
@click.pass_context
def completion(context: click.Context, *, shell: str) -> int:
    r"""Print a script that completes commands.

    \b
    bash:  eval "$(loglama completion bash)"      in ~/.bashrc
    zsh:   eval "$(loglama completion zsh)"       in ~/.zshrc, after compinit
    fish:  loglama completion fish | source       in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise TypeError(shell)
    program = context.find_root().command
    for name in _PROGRAMS:
        complete = kind(program, {}, name, "_LOGLAMA_COMPLETE")
        # Not `complete.source()`: that of bash starts a bash to ask for its version.
        # click's script for fish cuts what follows a second comma, as in `--service A,B`.
        template = complete.source_template.replace('string split ","', 'string split --max 1 ","')
        standard_output.write(template % complete.source_vars())
    return ExitCode.OK
