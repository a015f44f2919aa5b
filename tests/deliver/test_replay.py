from collections.abc import Iterator

import pytest

from dialboard.deliver.outcomes import Outcomes, Result, migrate, open_outcomes
from dialboard.deliver.replay import replay
from dialboard.shapes.delivery import State
from tests.deliver.cast import ALICE, BOB, NOON, Journal, a_destination, an_event


@pytest.fixture
def outcomes(tmp_path) -> Iterator[Outcomes]:
    migrate(str(tmp_path / "deliveries.db"))
    opened = open_outcomes(str(tmp_path / "deliveries.db"))
    yield opened
    opened.close()


def sequences(outcomes: Outcomes) -> list[int]:
    return sorted(one.sequence for one in outcomes.latest(ALICE))


def test_events_that_no_destination_took_are_delivered_later(outcomes):
    journal = Journal([an_event(1), an_event(2, gaid="UA-9-9"), an_event(3, account=BOB), an_event(4), an_event(5)])
    assert replay(journal, outcomes, a_destination(since=5), 1, 5, NOON) == 2
    assert sequences(outcomes) == [1, 4]
    assert [one.sequence for one in outcomes.due("dst_a", NOON, 10)] == [1, 4]


def test_what_exists_is_left_alone_so_that_it_may_be_asked_for_twice(outcomes):
    journal = Journal([an_event(number) for number in range(1, 6)])
    assert replay(journal, outcomes, a_destination(), 2, 4, NOON) == 2
    assert replay(journal, outcomes, a_destination(), 1, 6, NOON) == 3
    assert replay(journal, outcomes, a_destination(), 1, 6, NOON) == 0


def test_a_long_journal_is_gone_through_in_steps_that_tell_where_they_are(outcomes):
    journal, seen = Journal([an_event(number) for number in range(1, 2502)]), []
    assert replay(journal, outcomes, a_destination(), 1, 2300, NOON, progress=seen.append) == 2299
    assert seen == [1000, 2000, 2299]


def test_a_filter_holds_for_a_replay_too(outcomes):
    journal = Journal([an_event(1), an_event(2)])
    assert replay(journal, outcomes, a_destination(), 1, 3, NOON, takes=lambda one, event: event.id == "evt_2") == 1


def test_an_empty_span_makes_nothing(outcomes):
    assert replay(Journal([an_event(1)]), outcomes, a_destination(), 1, 1, NOON) == 0


def test_what_another_alias_of_the_same_property_delivered_or_still_tries_is_not_counted_there_again(outcomes):
    same = {"measurement_id": "G-ALICE1"}
    first = a_destination("dst_first", settings=same)
    second, elsewhere = a_destination("dst_second", alias=None, settings=same), a_destination("dst_else", alias=None)
    journal = Journal([an_event(number) for number in range(1, 6)])
    replay(journal, outcomes, first, 1, 4, NOON)
    settle(outcomes, first.id, 1, State.DELIVERED)
    settle(outcomes, first.id, 2, State.DEAD)

    assert replay(journal, outcomes, second, 1, 6, NOON, others=[first, second, elsewhere]) == 3
    assert [one.sequence for one in outcomes.due("dst_second", NOON, 10)] == [2, 4, 5]
    assert replay(journal, outcomes, elsewhere, 1, 6, NOON, others=[first, second]) == 5


def settle(outcomes: Outcomes, destination: str, sequence: int, state: State) -> None:
    outcomes.write([], [Result(destination=destination, sequence=sequence, state=state)], NOON)
