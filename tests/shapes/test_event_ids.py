"""Ids of events sort by their time."""

import re
import time

from dialboard.shapes.ids import new_event_id


def test_an_event_id_looks_like_every_other_id() -> None:
    assert re.fullmatch(r"evt_[0-9a-hjkmnp-tv-z]{16}", new_event_id())


def test_no_id_is_given_twice() -> None:
    assert len({new_event_id() for _ in range(100_000)}) == 100_000


def test_a_later_id_sorts_later() -> None:
    first = new_event_id()
    time.sleep(0.002)
    assert first < new_event_id()
