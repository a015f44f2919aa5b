"""How soon one commit follows another."""

import pytest

from dialboard.journal import pace
from dialboard.journal.pace import ENOUGH, INTERVAL_S, Pace


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, to be set."""
    clock = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    return clock


def test_an_event_that_comes_alone_waits_for_nobody(now: list[float]) -> None:
    paced = Pace()
    assert paced.rest(1) == 0
    now[0] += INTERVAL_S
    assert paced.rest(1) == 0


def test_a_few_events_wait_until_the_last_commit_is_an_interval_ago(now: list[float]) -> None:
    paced = Pace()
    paced.rest(1)
    now[0] += INTERVAL_S / 4
    assert paced.rest(3) == pytest.approx(INTERVAL_S * 3 / 4)
    now[0] += INTERVAL_S  # it waited, and its commit took a little
    assert paced.rest(3) == pytest.approx(INTERVAL_S * 3 / 4)


def test_many_events_are_committed_at_once(now: list[float]) -> None:
    paced = Pace()
    paced.rest(1)
    assert paced.rest(ENOUGH) == 0
