"""What a metric answers: buckets, gaps, nothing and nought, splits, currencies, comparison."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dialboard.errors import SeveralCurrencies, UsageError
from dialboard.measure.answer import answer
from dialboard.measure.library import METRICS
from dialboard.measure.period import between, named
from dialboard.shapes.question import Grain
from dialboard.store.duckdb import DuckStore
from tests.measure.conftest import ALL
from tests.measure.memory_store import MemoryStore
from tests.measure.records import ALICE, at, batch, call, span

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
FIRST_THREE_DAYS = span("2026-11-01", "2026-11-04")


def ask(store, metric, first="2026-11-01", until="2026-11-04", zone="UTC", by=Grain.DAY, account=ALICE, **more):
    period = between(date.fromisoformat(first), date.fromisoformat(until), zone)
    return answer(store, METRICS[metric], account=account, period=period, by=by, now=NOW, **more)


def values(series):
    return [point.value for point in series.points]


def test_a_bucket_of_which_nothing_is_held_is_null_and_a_gap(store):
    store.put(batch("calls", [call("CA1", "2026-11-02T10:00")], span("2026-11-02", "2026-11-04")))
    series = ask(store, "calls")
    assert [(str(point.at), point.value) for point in series.points] == [
        ("2026-11-01", None),
        ("2026-11-02", 1),
        ("2026-11-03", 0),
    ]
    assert series.gaps == [span("2026-11-01", "2026-11-02")]
    assert series.total == 1


def test_a_bucket_held_in_part_has_the_value_of_what_is_held(store):
    store.put(batch("calls", [call("CA1", "2026-11-02T20:00")], span("2026-11-02T12:00", "2026-11-03T01:00")))
    series = ask(store, "calls")
    assert values(series) == [None, 1, 0]
    assert series.gaps == [span("2026-11-01", "2026-11-02T12:00"), span("2026-11-03T01:00", "2026-11-04")]


def test_rows_of_a_slice_that_is_not_whole_yet_are_not_a_value(store):
    store.put(batch("calls", [call("CA1", "2026-11-02T20:00")], None))
    series = ask(store, "calls", split=["direction"])
    assert (series.total, series.totals, series.points) == (None, [], [])
    series = ask(store, "calls")
    assert (series.total, values(series)) == (None, [None, None, None])
    assert series.gaps == [FIRST_THREE_DAYS]


def test_the_future_is_a_gap(store):
    store.put(batch("calls", [], span("2026-11-24", "2026-11-24T18:25")))
    series = answer(store, METRICS["calls"], account=ALICE, period=named("today", "UTC", NOW), by=Grain.HOUR, now=NOW)
    assert values(series) == [0] * 19 + [None] * 5
    assert series.gaps == [span("2026-11-24T18:25", "2026-11-25")]


@pytest.mark.parametrize(
    ("metric", "nothing"),
    [
        ("calls", 0),
        ("talk_time", 0),
        ("unique_callers", 0),
        ("call_cost", Decimal(0)),
        ("answer_rate", None),
        ("average_call_duration", None),
        ("call_duration_p90", None),
    ],
)
def test_nothing_is_nought_where_it_is_counted_or_added_and_null_elsewhere(store, metric, nothing):
    store.put(batch("calls", [], FIRST_THREE_DAYS))
    series = ask(store, metric)
    assert (series.total, values(series)) == (nothing, [nothing] * 3)


def test_a_sum_of_amounts_that_are_not_known_yet_is_nought(store):
    store.put(batch("calls", [call("CA1", "2026-11-01T10:00")], FIRST_THREE_DAYS))
    series = ask(store, "call_cost")
    assert (series.total, values(series), series.currency) == (0, [0, 0, 0], None)


def test_the_total_is_asked_over_the_whole_range(store):
    records = [call("CA1", "2026-11-01T10:00"), call("CA2", "2026-11-02T10:00"), call("CA3", "2026-11-03T10:00")]
    store.put(batch("calls", records, FIRST_THREE_DAYS))
    series = ask(store, "unique_callers")
    assert (series.total, values(series)) == (1, [1, 1, 1])


def test_without_buckets_there_is_one_for_the_period(store):
    store.put(batch("calls", [call("CA1", "2026-11-01T10:00")], FIRST_THREE_DAYS))
    (point,) = ask(store, "calls", by=None).points
    assert (point.at, point.dimensions, point.value) == (date(2026, 11, 1), {}, 1)
    (point,) = ask(store, "calls", by=None, split=["status"]).points
    assert (point.dimensions, point.value) == ({"status": "completed"}, 1)


def test_each_combination_of_dimensions_has_each_bucket(store):
    records = [
        call("CA1", "2026-11-01T10:00"),
        call("CA2", "2026-11-01T11:00"),
        call("CA3", "2026-11-02T10:00", direction="outbound-api", answered_by="human"),
    ]
    store.put(batch("calls", records, span("2026-11-01", "2026-11-03")))
    series = ask(store, "calls", split=["direction", "answered_by"])
    inbound, outbound = (
        {"direction": "inbound", "answered_by": None},
        {"direction": "outbound-api", "answered_by": "human"},
    )
    assert [(one.dimensions, one.value) for one in series.totals] == [(inbound, 2), (outbound, 1)]
    assert [(point.at.day, point.dimensions, point.value) for point in series.points] == [
        (1, inbound, 2),
        (1, outbound, 0),
        (2, inbound, 0),
        (2, outbound, 1),
        (3, inbound, None),
        (3, outbound, None),
    ]
    assert series.total == 3


def test_a_ratio_split_has_null_where_there_is_nothing_to_divide_by(store):
    records = [
        call("CA1", "2026-11-01T10:00", status="busy"),
        call("CA2", "2026-11-02T10:00", direction="outbound-api"),
        call("CA3", "2026-11-02T11:00", direction="outbound-api", status="ringing"),
    ]
    store.put(batch("calls", records, FIRST_THREE_DAYS))
    series = ask(store, "answer_rate", split=["direction"])
    assert [(one.dimensions["direction"], one.value) for one in series.totals] == [
        ("outbound-api", 100),
        ("inbound", 0),
    ]
    assert values(series) == [None, 0, 100, None, None, None]
    assert series.total == 50


def test_hours_of_a_night_on_which_the_clocks_are_turned(store):
    records = [call("CA1", "2026-11-01T05:30"), call("CA2", "2026-11-01T06:30"), call("CA3", "2026-11-01T06:45")]
    store.put(batch("calls", records, span("2026-10-30", "2026-11-04")))
    series = ask(store, "calls", "2026-11-01", "2026-11-02", "America/New_York", Grain.HOUR)
    at_one = [(point.at.isoformat(), point.value) for point in series.points if point.at.hour == 1]
    assert len(series.points) == 25
    assert at_one == [("2026-11-01T01:00:00-04:00", 1), ("2026-11-01T01:00:00-05:00", 2)]


def test_usage_is_by_the_days_of_utc_in_every_zone(store):
    records = [
        {"category": "totalprice", "start_date": f"2026-11-0{day}", "price": day, "price_unit": "USD"}
        for day in (1, 2, 3, 4)
    ]
    store.put(batch("usage_daily", records, span("2026-11-01", "2026-11-05")))
    series = ask(store, "spend", zone="America/New_York")
    assert (series.zone, series.span, series.gaps) == ("UTC", FIRST_THREE_DAYS, [])
    assert (values(series), series.total, series.currency) == ([1, 2, 3], 6, "USD")
    assert isinstance(series.total, Decimal)
    with pytest.raises(UsageError, match="--by hour: spend is known by the day only"):
        ask(store, "spend", by=Grain.HOUR)


def test_several_currencies_are_never_added_up(store):
    records = [
        call("CA1", "2026-11-01T10:00", price="-1", price_unit="USD"),
        call("CA2", "2026-11-01T10:00", price="-2", price_unit="EUR"),
    ]
    store.put(batch("calls", records, FIRST_THREE_DAYS))
    with pytest.raises(SeveralCurrencies, match=r"Call cost is in EUR, USD.*--split currency"):
        ask(store, "call_cost")
    with pytest.raises(SeveralCurrencies):
        ask(store, "call_cost", split=["direction"])
    series = ask(store, "call_cost", split=["currency"])
    assert (series.total, series.currency) == (None, None)
    assert [(one.dimensions["currency"], one.value) for one in series.totals] == [("EUR", 2), ("USD", 1)]
    assert ask(store, "calls").total == 2


def test_one_currency_may_be_split_too(store):
    store.put(batch("calls", [call("CA1", "2026-11-01T10:00", price="-1", price_unit="EUR")], FIRST_THREE_DAYS))
    series = ask(store, "call_cost", split=["currency"])
    assert (series.total, series.currency) == (1, "EUR")


def test_of_two_twilio_accounts_a_span_is_held_when_both_hold_it(store):
    store.put(batch("calls", [call("CA1", "2026-11-01T10:00")], FIRST_THREE_DAYS, "AC1"))
    store.put(batch("calls", [call("CA2", "2026-11-02T10:00")], span("2026-11-02", "2026-11-04"), "AC2"))
    both = ask(store, "calls")
    assert (values(both), both.gaps) == ([1, 1, 0], [span("2026-11-01", "2026-11-02")])
    one = ask(store, "calls", twilio_account="AC1")
    assert (values(one), one.gaps) == ([1, 0, 0], [])


def test_tracker_events_belong_to_no_twilio_account(store):
    told = {"visitor_id": "CA1", "campaign_name": "spring", "campaign_source": "Twilio", "campaign_medium": "Phone"}
    store.put(batch("events", [{"received_at": "2026-11-01T10:00:00Z", **told}], FIRST_THREE_DAYS))
    assert ask(store, "tracked_events", twilio_account="AC1").total == 1


def test_an_account_sees_nothing_of_another(store):
    store.put(batch("calls", [call("CA1", "2026-11-01T10:00")], FIRST_THREE_DAYS, account="acc_bob"))
    series = ask(store, "calls")
    assert (series.total, series.gaps) == (None, [FIRST_THREE_DAYS])


def test_all_time_begins_with_the_first_day_that_is_held(store):
    store.put(batch("calls", [call("CA1", "2026-11-20T10:00")], span("2026-11-20T03:00", "2026-11-24T18:00")))
    period = named("all_time", "America/New_York", NOW)
    series = answer(store, METRICS["calls"], account=ALICE, period=period, by=Grain.DAY, now=NOW)
    assert [str(point.at) for point in series.points][:2] == ["2026-11-19", "2026-11-20"]
    assert (len(series.points), series.total) == (6, 1)


def test_all_time_of_nothing_is_today(store):
    period = named("all_time", "UTC", NOW)
    series = answer(store, METRICS["calls"], account=ALICE, period=period, by=Grain.DAY, compare=True, now=NOW)
    assert ([str(point.at) for point in series.points], series.total) == (["2026-11-24"], None)
    assert series.previous is None


def test_the_comparison_is_the_period_before(store):
    records = [call("CA1", "2026-10-30T10:00"), call("CA2", "2026-11-02T10:00"), call("CA3", "2026-11-03T10:00")]
    store.put(batch("calls", records, span("2026-10-29", "2026-11-04")))
    series = ask(store, "calls", compare=True)
    assert (values(series), series.total) == ([0, 1, 1], 2)
    assert series.previous and (values(series.previous), series.previous.total) == ([0, 1, 0], 1)
    assert series.previous.span == span("2026-10-29", "2026-11-01")


def test_today_is_compared_with_nothing_where_only_days_are_known(store):
    """All of yesterday would stand against a part of today. What has a time is compared up to the same time."""
    records = [
        {"category": "totalprice", "start_date": f"2026-11-{day}", "price": 2, "price_unit": "USD"} for day in (23, 24)
    ]
    store.put(batch("usage_daily", records, span("2026-11-20", "2026-11-25")))
    store.put(batch("calls", [call("CA1", "2026-11-24T10:00")], span("2026-11-20", "2026-11-25")))
    asked = {"account": ALICE, "by": Grain.DAY, "compare": True, "now": NOW}
    today, past = (named(name, "UTC", NOW) for name in ("today", "past_7_days"))
    assert answer(store, METRICS["spend"], period=today, **asked).previous is None
    assert answer(store, METRICS["calls"], period=today, **asked).previous is not None
    assert answer(store, METRICS["spend"], period=past, **asked).previous is not None


def test_a_dimension_that_a_metric_does_not_have_is_refused_with_those_it_has(store):
    with pytest.raises(UsageError, match="--split colour: calls has no such dimension; there is direction, status"):
        ask(store, "calls", split=["colour"])


def test_more_values_than_anybody_can_read_are_refused(store):
    records = [call(f"CA{n}", "2026-11-01T10:00", **{"from": f"+1415555{n:04}"}) for n in range(30)]
    store.put(batch("calls", records, FIRST_THREE_DAYS))
    with pytest.raises(UsageError, match="263,520 values, and 200,000 is the most"):
        ask(store, "calls", "2026-01-01", "2027-01-02", by=Grain.HOUR, split=["other_party"])


ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same calls and messages around the turns of the clocks, in the engine and in plain Python."""
    choose = random.Random(7)
    starts = [at(text) for text in ("2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31")]
    stores = MemoryStore(), DuckStore(tmp_path_factory.mktemp("store") / "rows.duckdb", threads=1)
    calls = [made_call(choose, number, choose.choice(starts)) for number in range(600)]
    for store in stores:
        store.prepare(list(ALL.values()))
        store.put(batch("calls", calls, span("2026-03-01", "2026-10-20")))
    yield stores
    stores[1].close()


def made_call(choose, number, start):
    begins = start + timedelta(seconds=choose.randrange(3 * 86_400))
    return call(
        f"CA{number}",
        begins.replace(tzinfo=None).isoformat(),
        status=choose.choice(["completed", "completed", "busy", "no-answer"]),
        direction=choose.choice(["inbound", "outbound-api"]),
        duration=str(choose.randrange(900)),
        price=choose.choice([None, f"-{choose.randrange(1, 900) / 10_000:.5f}"]),
        **{"from": f"+1415555{choose.randrange(40):04}"},
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("by", [None, *Grain])
@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.measure.resource == "calls"])
def test_the_engine_answers_as_plain_python_does(both, metric, by, zone):
    in_python, in_engine = (
        ask(
            store,
            metric,
            "2026-03-03",
            "2026-11-03",
            zone,
            by,
            split=["direction"] if by is Grain.DAY and "direction" in METRICS[metric].dimensions else [],
        )
        for store in both
    )
    assert in_python.points == [
        point
        if not isinstance(point.value, float)
        else type(point)(point.at, point.dimensions, pytest.approx(point.value))
        for point in in_engine.points
    ]
    assert in_python.gaps == in_engine.gaps and in_python.total == pytest.approx(in_engine.total)
