"""Signals told to a thread, wherever the main thread stands when they come."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from loglama_core.signals_heard import signals_heard


def test_a_signal_is_heard_in_the_middle_of_using_the_event_that_it_sets() -> None:
    event = threading.Event()
    with signals_heard((signal.SIGUSR1,), lambda _: event.set()):
        with event._cond:  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGUSR1)
        assert event.wait(10)


def test_only_what_was_asked_for_is_told_and_afterwards_all_is_as_before() -> None:
    told: list[int] = []
    is_told = threading.Event()
    others: list[int] = []

    def tell(number: int) -> None:
        told.append(number)
        is_told.set()

    before = signal.signal(signal.SIGUSR2, lambda number, _: others.append(number))
    try:
        with signals_heard((signal.SIGUSR1,), tell):
            os.kill(os.getpid(), signal.SIGUSR2)
            os.kill(os.getpid(), signal.SIGUSR1)
            assert is_told.wait(10)
        os.kill(os.getpid(), signal.SIGUSR2)
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert told == [signal.SIGUSR1]
    assert others == [signal.SIGUSR2] * 2
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    assert "signals" not in {thread.name for thread in threading.enumerate()}


def test_the_second_has_its_former_effect_when_only_one_is_to_be_heard() -> None:
    with signals_heard((signal.SIGINT,), lambda _: None, once=True):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
