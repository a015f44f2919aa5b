"""How a value stands to the one before, and when that cannot be said."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from dialboard.measure.compare import change, change_of
from dialboard.shapes.row import Span
from dialboard.shapes.series import Series
from tests.measure.records import at, span

NOW = at("2026-11-24T18:30")


@pytest.mark.parametrize(
    ("value", "before", "favourable", "absolute", "percent", "is_good"),
    [
        (12, 10, "up", 2, 20, True),
        (8, 10, "up", -2, -20, False),
        (12, 10, "down", 2, 20, False),
        (8, 10, "down", -2, -20, True),
        (12, 10, "neutral", 2, 20, None),
        (10, 10, "up", 0, 0, None),
        (5, 0, "up", 5, None, True),
        (0, 0, "up", 0, None, None),
        (96.2, 97.0, "up", pytest.approx(-0.8), pytest.approx(-0.8247, rel=1e-3), False),
        (Decimal("1.5"), Decimal("1.2"), "down", Decimal("0.3"), pytest.approx(25), False),
        (Decimal("1.5"), 0, "down", Decimal("1.5"), None, False),
        (2, Decimal("0.5"), "up", Decimal("1.5"), 300, True),
        (-5, -10, "up", 5, 50, True),
    ],
)
def test_a_change_is_told_in_both_ways_and_judged(value, before, favourable, absolute, percent, is_good):
    found = change_of(value, before, favourable)
    assert (found.absolute, found.percent, found.is_good) == (absolute, percent, is_good)


def series(total, asked, gaps=(), currency=None, previous=None):
    return Series(
        metric="calls",
        title="Calls",
        unit="calls",
        currency=currency,
        favourable="up",
        zone="UTC",
        span=asked,
        by=None,
        points=[],
        total=total,
        totals=[],
        gaps=list(gaps),
        previous=previous,
    )


WEEK, BEFORE = span("2026-11-17", "2026-11-24"), span("2026-11-10", "2026-11-17")


def test_two_periods_that_are_held_are_compared():
    found = change(series(12, WEEK, previous=series(10, BEFORE)), NOW)
    assert found and found.percent == 20


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (series(12, WEEK), None),
        (series(None, WEEK), series(10, BEFORE)),
        (series(12, WEEK), series(None, BEFORE)),
        (series(12, WEEK, currency="USD"), series(10, BEFORE, currency="EUR")),
        (series(12, WEEK), series(10, BEFORE, [span("2026-11-10", "2026-11-12")])),
        (series(12, WEEK, [span("2026-11-22", "2026-11-24")]), series(10, BEFORE)),
    ],
    ids=["not asked", "no value", "no value before", "other currency", "days before missing", "days missing"],
)
def test_what_cannot_be_compared_is_not(now, before):
    assert change(structs.replace(now, previous=before), NOW) is None


def test_the_minutes_since_the_last_sync_and_the_future_do_not_matter():
    today = Span(at("2026-11-24"), at("2026-11-25"))
    to_come = [Span(NOW - timedelta(minutes=10), at("2026-11-25"))]
    yesterday = series(10, Span(at("2026-11-23"), NOW - timedelta(days=1)))
    assert change(series(12, today, to_come, previous=yesterday), NOW)
    an_hour = [Span(NOW - timedelta(hours=1), at("2026-11-25"))]
    assert change(series(12, today, an_hour, previous=yesterday), NOW) is None
