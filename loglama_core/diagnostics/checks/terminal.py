"""Checks of the terminal the explorer is shown in; nothing where none is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_tmux_clipboard
from loglama_core.model import Finding, FindingStatus

GROUP = "terminal"

_COLUMNS, _ROWS = 80, 24
_TMUX_S = 1.0
_WITHOUT_MOUSE = frozenset({"linux", "vt100", "vt102", "vt220", "ansi", "cons25"})
"""Kinds of terminals that report no mouse: consoles and what plays one."""


def terminal_able(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that it is large enough, has colours and takes UTF-8."""
    terminal = context.terminal
    if terminal is None:
        return
    environ = context.environ
    evidence = tuple(f"{name} = {environ[name]}" for name in ("TERM", "COLORTERM", "LANG", "LC_ALL") if name in environ)
    summary = f"{terminal.columns}x{terminal.rows}, {terminal.colors or 'no colours'}, {terminal.encoding}"
    if environ.get("TERM") == "dumb":
        remedy = "export TERM=xterm-256color if the terminal is one; else use `loglama logs`"
        yield Finding("screen", GROUP, FindingStatus.WARN, "the explorer cannot be shown here", evidence, remedy)
    elif terminal.columns < _COLUMNS or terminal.rows < _ROWS:
        remedy = f"make the window at least {_COLUMNS}x{_ROWS}; columns are left out until then"
        yield Finding("screen", GROUP, FindingStatus.WARN, f"{summary}: small", evidence, remedy)
    elif "utf" not in terminal.encoding.lower():
        remedy = "export LANG=C.UTF-8 (or another UTF-8 locale)"
        yield Finding("screen", GROUP, FindingStatus.WARN, f"{summary}: not UTF-8", evidence, remedy)
    elif terminal.colors not in {"truecolor", "256"}:
        remedy = "export TERM=xterm-256color, and COLORTERM=truecolor if the terminal can"
        yield Finding("screen", GROUP, FindingStatus.WARN, f"{summary}: few colours", evidence, remedy)
    else:
        yield Finding("screen", GROUP, FindingStatus.OK, summary, evidence)


def mouse(context: DiagnosticContext) -> Iterator[Finding]:
    """Tell whether the terminal reports the mouse; every action has a key as well."""
    if context.terminal is None:
        return
    name = context.environ.get("TERM", "")
    if name in _WITHOUT_MOUSE:
        summary = f"a terminal of the kind {name} reports no mouse"
        remedy = "every action has a key: ? lists them"
        yield Finding("mouse", GROUP, FindingStatus.WARN, summary, (f"TERM = {name}",), remedy)
    else:
        yield Finding("mouse", GROUP, FindingStatus.OK, "the mouse works; shift marks text", (f"TERM = {name}",))


def clipboard(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that copies (OSC 52) reach the clipboard: tmux and screen stand between, and take none by default."""
    if context.terminal is None:
        return
    if context.environ.get("TMUX"):
        yield from _tmux_clipboard()
    elif context.environ.get("STY"):
        yield Finding(
            "clipboard",
            GROUP,
            FindingStatus.WARN,
            "GNU screen keeps copies from the clipboard",
            (f"STY = {context.environ['STY']}",),
            "use tmux, or leave screen to copy",
        )
    elif context.environ.get("TERM_PROGRAM") == "Apple_Terminal":
        yield Finding(
            "clipboard",
            GROUP,
            FindingStatus.WARN,
            "Terminal.app takes no copies from programs (OSC 52)",
            ("TERM_PROGRAM = Apple_Terminal",),
            "use iTerm2 (Settings, General, Selection), kitty, WezTerm or Ghostty to copy over SSH",
        )


def _tmux_clipboard() -> Iterator[Finding]:
    command = ["tmux", "show-options", "-s", "-v", "set-clipboard"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_TMUX_S, check=False)  # noqa: S603 - a fixed command
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return
    value = result.stdout.strip()
    evidence = (f"set-clipboard is {value or 'not known'}",)
    if value == "on":
        yield Finding("clipboard", GROUP, FindingStatus.OK, "tmux passes copies on to the clipboard", evidence)
    else:
        yield Finding(
            "clipboard",
            GROUP,
            FindingStatus.WARN,
            "tmux keeps copies from the clipboard",
            evidence,
            "tmux set-option -s set-clipboard on",
            fix_tmux_clipboard() if value else None,
        )
