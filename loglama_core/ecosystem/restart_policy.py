"""Whether and when a service that has ended by itself is started again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
MOST_RESTARTS = 5
WINDOW_S = 600.0
"""More than ``MOST_RESTARTS`` within this time is a crash loop: one that ends every minute, too, is stopped."""


@dataclass(slots=True, frozen=True)
class RestartDecision:
    """``delay_s``: start it again after so long; ``None``: leave it, for ``reason`` (``crash_loop``: too often)."""

    delay_s: float | None
    reason: str = ""
    crash_loop: bool = False


def decide_restart(policy: str, *, succeeded: bool, restarts: list[float], now: float) -> RestartDecision:
    """Decide after an exit. ``restarts``: times of earlier restarts, in seconds; those in the window count."""
    if policy == "never":
        return RestartDecision(None, "it is declared never to be restarted")
    if succeeded and policy == "on-failure":
        return RestartDecision(None, "it ended by itself without an error")
    recent = sum(1 for time in restarts if now - time < WINDOW_S)
    if recent >= MOST_RESTARTS:
        reason = f"stopped as a crash loop: {recent} restarts within {WINDOW_S / 60:.0f} minutes did not help"
        return RestartDecision(None, reason, crash_loop=True)
    return RestartDecision(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**recent))
