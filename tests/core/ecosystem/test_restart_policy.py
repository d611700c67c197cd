from __future__ import annotations

import pytest

from loglama_core.ecosystem.restart_policy import MOST_RESTARTS, WINDOW_S, decide_restart


def test_restarts_wait_longer_and_longer_and_a_crash_loop_is_stopped() -> None:
    now = 1000.0
    restarts: list[float] = []
    delays: list[float] = []
    while (decision := decide_restart("on-failure", succeeded=False, restarts=restarts, now=now)).delay_s is not None:
        delays.append(decision.delay_s)
        now += decision.delay_s
        restarts.append(now)
    assert delays == [1, 2, 4, 8, 16]
    assert decision.crash_loop
    assert "crash loop: 5 restarts within 10 minutes" in decision.reason


def test_one_that_ends_every_minute_is_a_crash_loop_too() -> None:
    now = 0.0
    restarts: list[float] = []
    while (decision := decide_restart("always", succeeded=True, restarts=restarts, now=now)).delay_s is not None:
        restarts.append(now + decision.delay_s)
        now += decision.delay_s + 60
    assert len(restarts) == MOST_RESTARTS
    assert decision.crash_loop


def test_one_that_ran_long_begins_anew() -> None:
    restarts = [0.0, 10.0, 20.0, 30.0, 40.0]
    decision = decide_restart("on-failure", succeeded=False, restarts=restarts, now=41 + WINDOW_S)
    assert decision.delay_s == 1


@pytest.mark.parametrize(
    ("policy", "succeeded", "restarted"),
    [("never", False, False), ("on-failure", True, False), ("on-failure", False, True), ("always", True, True)],
)
def test_the_policy_decides(policy: str, succeeded: bool, restarted: bool) -> None:  # noqa: FBT001 - parameters
    decision = decide_restart(policy, succeeded=succeeded, restarts=[], now=0)
    assert (decision.delay_s is not None) is restarted
    assert bool(decision.reason) is not restarted
