"""Days of a zone, their names, and what they are compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.errors import UsageError
from dialboard.measure.period import NAMES, between, chosen, day, in_zone, midnight, months_later, named, previous

# A Tuesday; in Auckland it is Wednesday already.
NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]

FROM_2001_TO_2098 = datetime(2001, 1, 1), datetime(2098, 1, 1)  # noqa: DTZ001 - hypothesis wants them without


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [
        ("today", "2026-11-24", "2026-11-25"),
        ("yesterday", "2026-11-23", "2026-11-24"),
        ("last_7_days", "2026-11-17", "2026-11-24"),
        ("last_30_days", "2026-10-25", "2026-11-24"),
        ("last_90_days", "2026-08-26", "2026-11-24"),
        ("last_1_days", "2026-11-23", "2026-11-24"),
        ("this_week", "2026-11-23", "2026-11-25"),
        ("last_week", "2026-11-16", "2026-11-23"),
        ("this_month", "2026-11-01", "2026-11-25"),
        ("month_to_date", "2026-11-01", "2026-11-25"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("this_quarter", "2026-10-01", "2026-11-25"),
        ("last_quarter", "2026-07-01", "2026-10-01"),
        ("this_year", "2026-01-01", "2026-11-25"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("last_12_months", "2025-11-01", "2026-11-01"),
    ],
)
def test_a_name_is_days_of_the_zone(name, first, end):
    period = named(name, "UTC", NOW)
    assert (period.first, period.end) == (date.fromisoformat(first), date.fromisoformat(end))
    assert period.from_ == datetime.fromisoformat(first + "T00:00:00Z")


def test_today_is_the_zones_today():
    assert named("today", "Pacific/Auckland", NOW).first == date(2026, 11, 25)
    assert named("today", "America/New_York", NOW).from_ == datetime(2026, 11, 24, 5, tzinfo=UTC)


def test_every_name_on_the_list_is_known():
    for name in NAMES:
        period = named(name, "Europe/Berlin", NOW)
        assert period.from_ < period.until


@pytest.mark.parametrize("name", ["last_month_", "last_0_days", "last_9999_days", "last_-1_days", "", "LAST_30_DAYS"])
def test_an_unknown_name_is_refused_with_those_there_are(name):
    with pytest.raises(UsageError, match=r"--range .*there is today, yesterday, last_7_days, .*all_time"):
        named(name, "UTC", NOW)


@pytest.mark.parametrize(
    ("zone", "meant"),
    [("europe/berlin", "Europe/Berlin"), ("Amerika/New_York", "America/New_York"), ("Europe/Berln", "Europe/Berlin")],
)
def test_an_unknown_zone_is_refused_with_the_nearest(zone, meant):
    with pytest.raises(UsageError, match=f"--zone .*{meant}"):
        named("today", zone, NOW)


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "Mars/Olympus", "/usr/share/zoneinfo/UTC", "\0"])
def test_nonsense_is_no_zone(zone):
    with pytest.raises(UsageError, match="there is no such time zone"):
        named("today", zone, NOW)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("last_7_days", "2026-11-01", None), "exclude each other"),
        ((None, "2026-11-01", None), "--until is missing"),
        ((None, None, "2026-11-01"), "--from is missing"),
        ((None, "2026-11-31", "2026-12-01"), "--from '2026-11-31': expected a day such as"),
        ((None, "2026-11-01", "tomorrow"), "--until 'tomorrow': expected a day such as"),
        ((None, "20261101", "2026-11-02"), "--from '20261101'"),
        ((None, "2026-11-02", "2026-11-02"), "is not after --from"),
        ((None, "2026-11-02", "2026-11-01"), "is not after --from"),
        ((None, "1999-12-31", "2026-11-01"), "expected a day from 2000-01-01"),
        ((None, "2026-11-01", "9999-12-31"), "--until 9999-12-31: expected a day from"),
    ],
)
def test_words_that_make_no_period_name_the_option(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        chosen(*options, "UTC", NOW)


def test_without_words_it_is_the_last_30_days():
    assert chosen(None, None, None, "UTC", NOW) == named("last_30_days", "UTC", NOW)


def test_two_days_are_a_period_without_the_second():
    period = chosen(None, "2026-11-01", "2026-11-03", "Europe/Berlin", NOW)
    assert period.from_ == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert period.until == datetime(2026, 11, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
        # The clocks went forward at midnight: the day began at one o'clock.
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ],
)
def test_a_day_is_as_long_as_its_clock_runs(zone, first, hours):
    period = between(first, first + timedelta(days=1), zone)
    assert period.until - period.from_ == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("last_7_days", "2026-11-10", "2026-11-17"),
        ("last_30_days", "2026-09-25", "2026-10-25"),
        ("last_week", "2026-11-09", "2026-11-16"),
        ("last_month", "2026-09-01", "2026-10-01"),
        ("last_quarter", "2026-04-01", "2026-07-01"),
        ("last_year", "2024-01-01", "2025-01-01"),
        ("last_12_months", "2024-11-01", "2025-11-01"),
    ],
)
def test_a_period_that_is_over_is_compared_with_the_whole_one_before(name, first, end):
    before = previous(named(name, "America/New_York", NOW), NOW)
    assert before and (before.first, before.end) == (date.fromisoformat(first), date.fromisoformat(end))
    assert before.until == midnight(before.end, "America/New_York")


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("today", "2026-11-23", "2026-11-23T18:30"),
        ("this_week", "2026-11-16", "2026-11-17T18:30"),
        ("this_month", "2026-10-01", "2026-10-24T18:30"),
        ("this_quarter", "2026-07-01", "2026-08-24T18:30"),
        ("this_year", "2025-01-01", "2025-11-24T18:30"),
    ],
)
def test_a_running_period_is_compared_up_to_the_same_time_of_day(name, first, until):
    before = previous(named(name, "UTC", NOW), NOW)
    assert before and before.first == date.fromisoformat(first)
    assert before.until == datetime.fromisoformat(until + ":00Z")


def test_the_same_time_of_day_is_the_zones():
    """Nine o'clock in Berlin is another hour of UTC before the clocks were turned."""
    now = datetime(2026, 10, 26, 8, tzinfo=UTC)
    before = previous(between(date(2026, 10, 26), date(2026, 10, 27), "Europe/Berlin"), now)
    assert before and before.until.astimezone(ZoneInfo("Europe/Berlin")).hour == 9
    before_the_turn = previous(between(date(2026, 10, 26), date(2026, 10, 29), "Europe/Berlin"), now)
    assert before_the_turn and before_the_turn.until == datetime(2026, 10, 23, 7, tzinfo=UTC)


def test_a_month_is_compared_with_as_many_days_as_the_one_before_has():
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    before = previous(named("this_month", "UTC", now), now)
    assert before and (before.first, before.until) == (date(2026, 2, 1), datetime(2026, 3, 1, tzinfo=UTC))


def test_all_time_has_nothing_before_it():
    assert previous(named("all_time", "UTC", NOW), NOW) is None


@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-31", "9999-12-31"])
def test_a_day_that_no_record_can_be_of_is_refused_by_its_option(text):
    with pytest.raises(UsageError, match=f"--since {text}: expected a day from 2000-01-01 to 2100-01-01"):
        day("--since", text)


def test_two_given_days_are_compared_with_as_many_directly_before():
    before = previous(between(date(2026, 11, 1), date(2026, 11, 4), "Europe/Berlin"), NOW)
    assert before and (before.first, before.end) == (date(2026, 10, 29), date(2026, 11, 1))


def test_the_same_days_in_another_zone():
    period = in_zone(named("last_7_days", "America/New_York", NOW), "UTC")
    assert (period.from_, period.until) == (
        datetime(2026, 11, 17, tzinfo=UTC),
        datetime(2026, 11, 24, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("start", "months", "later"),
    [
        ("2026-01-31", 1, "2026-03-01"),
        ("2026-03-31", -1, "2026-03-01"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2024-02-29", 12, "2025-03-01"),
        ("2026-11-30", 1, "2026-12-30"),
    ],
)
def test_a_month_that_is_too_short_gives_the_first_of_the_next(start, months, later):
    assert months_later(date.fromisoformat(start), months) == date.fromisoformat(later)


def test_a_day_is_read_only_as_it_is_written_everywhere():
    assert day("--since", "2026-11-01") == date(2026, 11, 1)
    with pytest.raises(UsageError, match=r"--since '1\.11\.2026'"):
        day("--since", "1.11.2026")


@given(
    instant=st.datetimes(*FROM_2001_TO_2098, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    name=st.sampled_from([name for name in NAMES if name != "all_time"]),
)
def test_what_is_compared_lies_before_and_never_overlaps(instant, zone, name):
    period = named(name, zone, instant)
    before = previous(period, instant)
    assert before is not None
    assert before.from_ < before.until <= period.from_ < period.until
    assert midnight(period.first, zone) == period.from_ and midnight(period.end, zone) == period.until


@given(
    instant=st.datetimes(*FROM_2001_TO_2098, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_last_30_days_end_where_today_begins(instant, zone):
    period, today = named("last_30_days", zone, instant), named("today", zone, instant)
    assert period.until == today.from_ <= instant < today.until
    assert (period.end - period.first).days == 30


def test_past_days_end_with_today_and_are_compared_up_to_the_same_time_of_day():
    now = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    period = named("past_30_days", "UTC", now)
    assert (period.first, period.end) == (date(2026, 10, 26), date(2026, 11, 25))
    before = previous(period, now)
    assert before is not None
    assert (before.from_, before.until) == (
        datetime(2026, 9, 26, tzinfo=UTC),
        datetime(2026, 10, 25, 9, 30, tzinfo=UTC),
    )
