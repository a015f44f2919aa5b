"""Buckets against a naive walk over the zone's clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialboard.measure.buckets import slots
from dialboard.measure.period import between
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span
from tests.measure.memory_store import bucket_of

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]

FROM_2017_TO_2030 = datetime(2017, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - hypothesis wants them without


def span(first: str, until: str, zone: str = "UTC") -> Span:
    return between(date.fromisoformat(first), date.fromisoformat(until), zone).span


@pytest.mark.parametrize(
    ("grain", "first", "until", "expected"),
    [
        ("day", "2026-10-30", "2026-11-02", ["2026-10-30", "2026-10-31", "2026-11-01"]),
        ("week", "2026-10-28", "2026-11-10", ["2026-10-26", "2026-11-02", "2026-11-09"]),
        ("month", "2026-12-31", "2027-02-02", ["2026-12-01", "2027-01-01", "2027-02-01"]),
        ("quarter", "2026-09-30", "2027-01-01", ["2026-07-01", "2026-10-01"]),
        ("year", "2025-12-31", "2026-01-02", ["2025-01-01", "2026-01-01"]),
    ],
)
def test_a_bucket_is_named_by_its_first_day_also_when_the_span_begins_later(grain, first, until, expected):
    found = slots(span(first, until), "UTC", Grain(grain))
    assert [str(slot.at) for slot in found] == expected
    assert found[0].span.from_ == span(first, until).from_ and found[-1].span.until == span(first, until).until


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        # one o'clock comes twice, first by summer time
        ("America/New_York", "2026-11-01", 25, {1: ["01:00-04:00", "01:00-05:00"]}),
        ("America/New_York", "2026-03-08", 23, {2: []}),
        ("Europe/Berlin", "2026-10-25", 25, {2: ["02:00+02:00", "02:00+01:00"]}),
        ("Europe/Berlin", "2026-03-29", 23, {2: []}),
        # Lord Howe turns its clocks by half an hour: half past one comes twice
        ("Australia/Lord_Howe", "2026-04-05", 25, {1: ["01:00+11:00", "01:30+10:30"]}),
        ("Australia/Lord_Howe", "2026-10-04", 24, {2: ["02:30+11:00"]}),
        ("Asia/Kathmandu", "2026-11-01", 24, {0: ["00:00+05:45"], 23: ["23:00+05:45"]}),
        ("America/Sao_Paulo", "2018-11-04", 23, {0: []}),
    ],
)
def test_hours_are_those_of_the_zones_clock(zone, day, hours, expected):
    until = str(date.fromisoformat(day) + timedelta(days=1))
    found = [slot.at.astimezone(ZoneInfo(zone)) for slot in slots(span(day, until, zone), zone, Grain.HOUR)]
    assert len(found) == hours
    for hour, texts in expected.items():
        assert [local.isoformat()[11:16] + local.isoformat()[19:] for local in found if local.hour == hour] == texts


def test_a_day_that_a_zone_left_out_has_no_bucket():
    found = slots(span("2011-12-29", "2012-01-01", "Pacific/Apia"), "Pacific/Apia", Grain.DAY)
    assert [str(slot.at) for slot in found] == ["2011-12-29", "2011-12-31"]


@settings(max_examples=150, deadline=None)
@given(
    begins=st.datetimes(*FROM_2017_TO_2030, timezones=st.just(UTC)),
    minutes=st.integers(1, 60 * 24 * 40),
    zone=st.sampled_from(ZONES),
    grain=st.sampled_from(list(Grain)),
    inside=st.floats(0, 0.999),
)
def test_the_buckets_follow_on_each_other_and_each_instant_lies_in_its_own(begins, minutes, zone, grain, inside):
    asked = Span(begins, begins + timedelta(minutes=minutes))
    found = slots(asked, zone, grain)
    assert found[0].span.from_ == asked.from_ and found[-1].span.until == asked.until
    assert all(a.span.until == b.span.from_ for a, b in pairwise(found))
    assert len({slot.at for slot in found}) == len(found)
    instant = asked.from_ + (asked.until - asked.from_) * inside
    (own,) = [slot for slot in found if slot.span.from_ <= instant < slot.span.until]
    assert own.at == bucket_of(instant, grain, zone)
