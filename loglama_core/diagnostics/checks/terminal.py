"""Checks of the terminal the explorer is shown in; nothing outside the explorer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.model import Finding, FindingStatus

GROUP = "terminal"

_COLUMNS, _ROWS = 80, 24
_TMUX_S = 1.0


def terminal_able(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that it is large enough, has colours and takes UTF-8."""
    terminal = context.terminal
    if terminal is None:
        return
    environ = context.environ
    evidence = tuple(f"{name} = {environ[name]}" for name in ("TERM", "COLORTERM", "LANG", "LC_ALL") if name in environ)
    summary = f"{terminal.columns}x{terminal.rows}, {terminal.colors or 'no colours'}, {terminal.encoding}"
    if terminal.columns < _COLUMNS or terminal.rows < _ROWS:
        remedy = f"make the window at least {_COLUMNS}x{_ROWS}; columns are left out until then"
        yield Finding("terminal", GROUP, FindingStatus.WARN, f"{summary}: small", evidence, remedy)
    elif "utf" not in terminal.encoding.lower():
        remedy = "export LANG=C.UTF-8 (or another UTF-8 locale)"
        yield Finding("terminal", GROUP, FindingStatus.WARN, f"{summary}: not UTF-8", evidence, remedy)
    elif terminal.colors not in {"truecolor", "256"}:
        remedy = "export TERM=xterm-256color, and COLORTERM=truecolor if the terminal can"
        yield Finding("terminal", GROUP, FindingStatus.WARN, f"{summary}: few colours", evidence, remedy)
    else:
        yield Finding("terminal", GROUP, FindingStatus.OK, summary, evidence)


def tmux_clipboard(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that tmux passes copies on: by default it takes none from the programs in it."""
    if context.terminal is None or not context.environ.get("TMUX"):
        return
    try:
        command = ["tmux", "show-options", "-s", "-v", "set-clipboard"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=_TMUX_S, check=False)  # noqa: S603 - a fixed command
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return
    value = result.stdout.strip()
    evidence = (f"set-clipboard is {value or 'not known'}",)
    if value == "on":
        yield Finding("tmux-clipboard", GROUP, FindingStatus.OK, "tmux passes copies on to the clipboard", evidence)
    else:
        summary = "tmux keeps copies from the clipboard"
        yield Finding(
            "tmux-clipboard", GROUP, FindingStatus.WARN, summary, evidence, "tmux set-option -s set-clipboard on"
        )
