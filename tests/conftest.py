"""What holds for every test."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("ordinary", deadline=None)
settings.register_profile("thorough", settings.get_profile("ordinary"), max_examples=1000)
settings.load_profile(os.environ.get("LOGLAMA_HYPOTHESIS", "ordinary"))

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts a job in the background with SIGINT ignored, and so would be every program that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
