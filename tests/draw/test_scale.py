"""What an axis spans and what is written beside it."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.draw.scale import bounds, known, runs, spread, ticks


def test_what_is_no_finite_number_is_not_known():
    assert known([1, Decimal("0.5"), None, math.nan, math.inf, Decimal("NaN")]) == [1.0, 0.5, None, None, None, None]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], (0, 1)),
        ([None], (0, 1)),
        ([0, 0], (0, 1)),
        ([100, 300], (0, 300)),
        ([-5, 10], (-5, 10)),
        ([-10, -2], (-10, 0)),
        ([80, 100], (80, 100)),
        ([60.0, 60.0], (57, 63)),
    ],
)
def test_nought_belongs_to_the_axis_when_it_is_near(values, found):
    assert bounds(values) == pytest.approx(found)


def test_a_bar_or_an_area_stands_on_nought():
    assert bounds([95.0, 97.0], from_zero=True) == (0, 97)


def test_a_share_gets_its_room_below_100():
    low, high = bounds([98.0, 99.5], ceiling=100)
    assert high == 100 and high - low == pytest.approx(9.95)
    assert ticks(low, high, "%")[-1] == 100


@pytest.mark.parametrize(
    ("low", "high", "unit", "whole", "found"),
    [
        (0, 300, "calls", True, [0, 100, 200, 300]),
        (0, 1, "calls", True, [0, 1]),
        (0, 3, "calls", True, [0, 1, 2, 3]),
        (0, 10, "calls", True, [0, 5, 10]),
        (0, 0.03, "currency", False, [0, 0.01, 0.02, 0.03]),
        (0, 100, "%", False, [0, 25, 50, 75, 100]),
        (0, 240, "seconds", False, [0, 60, 120, 180, 240]),
        (0, 400_000, "seconds", False, [0, 172800, 345600, 518400]),
        (-5, 10, "calls", True, [-5, 0, 5, 10]),
    ],
)
def test_ticks_are_round(low, high, unit, whole, found):
    assert ticks(low, high, unit, whole) == pytest.approx(found)


VALUES = st.floats(-1e15, 1e15)


@given(st.lists(VALUES, min_size=1), st.sampled_from(["%", "seconds", "calls"]), st.booleans(), st.booleans())
def test_every_value_lies_between_a_handful_of_ticks(values, unit, whole, from_zero):
    low, high = bounds(values, from_zero)
    found = ticks(low, high, unit, whole)
    slack = 1e-8 * (high - low)
    assert 2 <= len(found) <= 7
    assert found[0] <= min(values) + slack and max(values) - slack <= found[-1]
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("count", "most", "found"), [(0, 6, []), (1, 6, [0]), (3, 6, [0, 1, 2]), (30, 2, [0, 29]), (31, 4, [0, 10, 20, 30])]
)
def test_labels_are_spread_evenly_from_the_first_to_the_last(count, most, found):
    assert spread(count, most) == found


def test_runs_are_what_lies_between_gaps():
    assert runs([None, 1, 2, None, 0, None]) == [range(1, 3), range(4, 5)]
    assert runs([]) == runs([None]) == []
