"""``loglama up --foreground``: services for as long as this program runs, what they write on standard output."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.end_asked import end_asked
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.service_events import tell_event, tell_problems
from loglama_tui.display_safe import display_safe

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.ecosystem.output_follower import OutputFollower

_LOOK_S = 0.2


def run_in_foreground(settings: Settings, names: Sequence[str]) -> int:
    """Start services, print their lines, and stop them all in the end.

    Returns 0 after SIGTERM (the ordinary end of a container), 130 after Ctrl-C, 1 when a service did not come up or
    all have ended for good.
    """
    from loglama_core.ecosystem.bring_down import bring_down
    from loglama_core.ecosystem.bring_up import InvalidEcosystemError, bring_up
    from loglama_core.ecosystem.output_follower import OutputFollower

    with end_asked() as (asked, number):
        try:
            follower = OutputFollower(settings, names)
            report = bring_up(settings, names, os.environ, tell_event, cancelled=asked.is_set)
            if report.ok:
                _follow(settings, names, follower, asked)
        except InvalidEcosystemError as error:
            tell_problems(error.problems)
            raise
        finally:
            bring_down(settings, (), tell_event)
    if not number:
        return ExitCode.NOTHING
    return ExitCode.INTERRUPTED if number[0] == signal.SIGINT else ExitCode.OK


def _follow(settings: Settings, names: Sequence[str], follower: OutputFollower, asked: threading.Event) -> None:
    """Print what services write until a signal asks to end, or none of them is there or will come back."""
    from loglama_core.ecosystem.bring_up import bring_up
    from loglama_core.ecosystem.output_follower import any_at_work
    from loglama_core.ecosystem.state_folder import StateFolder

    state = StateFolder.of(settings)
    terminal = standard_output.is_terminal()
    while True:
        for service, line in follower.new_lines():
            standard_output.write(f"{service} | {display_safe(line) if terminal else line}\n")
        standard_output.flush()
        if asked.wait(_LOOK_S):
            return
        if os.getpid() == 1:
            _reap_strangers()
        if state.supervisor() is None:
            standard_error.warning("the supervisor has died: it is started anew, the services run on")
            bring_up(settings, names, os.environ, tell_event, cancelled=asked.is_set)
        if not any_at_work(settings, state):
            standard_error.warning("no service is running any more, and none will be restarted")
            return


def _reap_strangers() -> None:
    """As the first process of a container, take leave of processes whose own parent is gone."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
