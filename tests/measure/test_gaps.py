"""What is held and what is not, against a walk over single hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.measure.gaps import gaps_of_all, merged, missing, touches
from dialboard.shapes.question import Held
from dialboard.shapes.row import Span

MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)


def hours(from_: int, until: int) -> Span:
    return Span(MIDNIGHT + timedelta(hours=from_), MIDNIGHT + timedelta(hours=until))


@pytest.mark.parametrize(
    ("held", "gaps"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(-5, 20)], []),
        ([(2, 4)], [(0, 2), (4, 10)]),
        ([(0, 5), (5, 10)], []),
        ([(5, 10), (0, 3)], [(3, 5)]),
        ([(-3, 0), (10, 12)], [(0, 10)]),
        ([(1, 5), (2, 3), (4, 6)], [(0, 1), (6, 10)]),
    ],
)
def test_a_gap_is_what_no_span_covers(held, gaps):
    assert missing(hours(0, 10), [hours(*one) for one in held]) == [hours(*one) for one in gaps]


def test_spans_that_touch_are_one():
    assert merged([hours(3, 5), hours(0, 3), hours(7, 8), hours(7, 7)]) == [hours(0, 5), hours(7, 8)]


def test_a_span_that_ends_where_another_begins_does_not_touch_it():
    assert not touches(hours(2, 4), [hours(0, 2), hours(4, 6)])
    assert touches(hours(2, 4), [hours(3, 6)])


def test_of_two_twilio_accounts_a_span_is_held_when_both_hold_it():
    held = [Held("AC1", hours(0, 8)), Held("AC2", hours(2, 10))]
    assert gaps_of_all(hours(0, 10), held) == [hours(0, 2), hours(8, 10)]
    assert gaps_of_all(hours(0, 10), []) == [hours(0, 10)]


@given(st.lists(st.tuples(st.integers(-5, 30), st.integers(1, 10)), max_size=6))
def test_gaps_are_the_hours_that_are_in_no_span(spans):
    held = [hours(begins, begins + length) for begins, length in spans]
    lacking = missing(hours(0, 24), held)
    free = [h for h in range(24) if not any(begins <= h < begins + length for begins, length in spans)]
    assert [h for h in range(24) if touches(hours(h, h + 1), lacking)] == free
    assert lacking == merged(lacking)
