"""When a process has to end."""

import os
import signal
import threading

import pytest

from dialboard.run import stop as module
from dialboard.run.stop import Stop, end_when_closed, on_signals, when_closed


def test_whoever_cannot_wait_is_called_even_when_late() -> None:
    stop, heard = Stop(), []
    stop.then(lambda: heard.append("early"))
    assert not stop.is_set() and heard == []
    stop.set()
    stop.then(lambda: heard.append("late"))
    assert stop.is_set() and heard == ["early", "late"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_set_it(number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop = Stop()
        on_signals(stop)
        os.kill(os.getpid(), number)
        assert stop.wait(5)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_the_end_of_the_supervisor_sets_it_and_what_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(module, "GRACE_S", 0.01)
    monkeypatch.setattr(os, "_exit", lambda code: ended.set())
    pipe, hand = os.pipe()
    stop = Stop()
    when_closed(pipe, stop)
    end_when_closed(pipe)
    assert not stop.wait(0.05) and not ended.is_set()
    os.close(hand)
    assert stop.wait(5) and ended.wait(5)
    os.close(pipe)


def test_a_second_signal_calls_nothing_again() -> None:
    stop, called = Stop(), []
    stop.then(lambda: called.append(1))
    stop.set()
    stop.set()
    assert called == [1]
