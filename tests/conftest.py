"""What holds for every test."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

# The same examples for everybody who judges a change; new ones are sought at a desk and by `nox -s soak`.
settings.register_profile("ordinary", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("thorough", settings.get_profile("ordinary"), max_examples=1000, derandomize=False)
settings.load_profile(os.environ.get("LOGLAMA_HYPOTHESIS", "ordinary"))

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts a job in the background with SIGINT ignored, and so would be every program that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person accept how the explorer looks now."""
    help_text = "store the screens of tests/tui/test_screens.py as they are drawn now; look at the difference in git"
    parser.addoption("--accept-screens", action="store_true", help=help_text)
