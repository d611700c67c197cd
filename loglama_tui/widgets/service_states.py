"""How the state and the health of a service read: words first, then a colour role."""

from __future__ import annotations

from loglama_core.model import ServiceState, ServiceStatus

_WORDS = {ServiceState.UNKNOWN: "not managed"}
_STYLES = {
    ServiceState.RUNNING: "good",
    ServiceState.STARTING: "warning",
    ServiceState.FAILED: "failure",
    ServiceState.STOPPED: "error",
}


def state_word(state: ServiceState) -> str:
    """Return the word for a state."""
    return _WORDS.get(state, str(state))


def state_style(status: ServiceStatus) -> str:
    """Return its colour role; what is stopped and was never asked to run steps back."""
    if status.state is ServiceState.STOPPED and not status.declared:
        return "dim"
    return _STYLES.get(status.state, "dim")


def health_word(status: ServiceStatus) -> str:
    """Return ``ok 12 ms``, why it fails, or ``-``."""
    if status.health == "none":
        return "-"
    if status.health == "ok":
        return "ok" if status.health_ms is None else f"ok {status.health_ms:.0f} ms"
    return status.health_reason or "failing"


def health_style(status: ServiceStatus) -> str:
    """Return the colour role of its health; of a service that is down the state says enough."""
    if status.health == "ok":
        return "good"
    if status.health == "failing":
        return "error" if status.state is ServiceState.RUNNING else "soft"
    return "dim"
