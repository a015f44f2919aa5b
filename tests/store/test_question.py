"""Every answer equals plain Python's over the same rows, on every engine."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dialboard.errors import StoreError
from dialboard.shapes.question import Aggregate, Aggregation, Bucket, Filter, Grain, Question
from dialboard.shapes.row import Row, Span
from dialboard.store.door import Store
from tests.store.conftest import Open
from tests.store.sample import (
    AGGREGATES,
    ALICE,
    BEGIN,
    BOB,
    FILTERS,
    OFFICE,
    SHOP,
    ZONES,
    ask,
    batch,
    call,
    expected,
    random_calls,
    random_question,
    same,
)

Known = list[tuple[str, Row]]


@pytest.fixture(scope="module", params=["duckdb", pytest.param("clickhouse", marks=pytest.mark.clickhouse)])
def filled(request: pytest.FixtureRequest, open_engine: Open) -> tuple[Store, Known]:
    """A store with 1,200 calls of Alice, a third of them written twice, beside Bob's; and what Alice has."""
    store = open_engine(request.param)
    office, shop, bobs = random_calls(1, 800), random_calls(2, 400), random_calls(3, 200)
    store.put(batch(ALICE, [_older(row) for row in office[::3]], OFFICE))
    store.put(batch(ALICE, office, OFFICE))
    store.put(batch(ALICE, shop, SHOP))
    store.put(batch(BOB, bobs, OFFICE))
    return store, [*((OFFICE, row) for row in office), *((SHOP, row) for row in shop)]


def _older(row: Row) -> Row:
    """The same call as it was told first: without price and end, its status another."""
    return Row(row.key, {**row.values, "price": None, "duration": 99_999, "status": "ringing"}, row.record)


def _check(filled: tuple[Store, Known], question: Question) -> None:
    store, known = filled
    found, wanted = store.ask(question), expected(known, question)
    assert same(found, wanted), (question, found[:5], wanted[:5])


@pytest.mark.parametrize("seed", range(120))
def test_any_question_is_answered_as_plain_python_does(filled: tuple[Store, Known], seed: int) -> None:
    _check(filled, random_question(seed))


def test_the_socket_changes_no_answer(open_engine: Open) -> None:
    store, rows = open_engine("remote"), random_calls(4, 300)
    store.put(batch(ALICE, rows))
    questions = [random_question(seed) for seed in range(60)]
    questions += [ask(aggregate=aggregate, by=Grain.MONTH, split=("day",)) for aggregate in AGGREGATES]
    for question in questions:
        found, wanted = store.ask(question), expected([(OFFICE, row) for row in rows], question)
        assert same(found, wanted), question


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda each: f"{each.kind}-{each.field}-{each.quantile}")
def test_every_aggregate_over_all_and_by_month(filled: tuple[Store, Known], aggregate: Aggregate) -> None:
    _check(filled, ask(aggregate=aggregate))
    _check(filled, ask(aggregate=aggregate, by=Grain.MONTH, split=("country",), zone="America/New_York"))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("grain", Grain)
def test_every_grain_in_every_zone(filled: tuple[Store, Known], zone: str, grain: Grain) -> None:
    _check(filled, ask(by=grain, zone=zone))


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: f"{each.field}-{each.operator}-{len(each.values)}")
def test_every_operator(filled: tuple[Store, Known], each: Filter) -> None:
    _check(filled, ask(where=(each,)))


@pytest.mark.parametrize("minutes", [1, 17, 59, 60, 61, 24 * 60])
def test_a_span_may_begin_within_an_hour(filled: tuple[Store, Known], minutes: int) -> None:
    begin = datetime(2025, 10, 25, 23, 47, tzinfo=UTC)
    for zone in ZONES:
        _check(filled, ask(by=Grain.HOUR, zone=zone, span=Span(begin, begin + timedelta(minutes=minutes))))


def test_the_hour_that_an_autumn_night_has_twice_is_two_buckets(store: Store) -> None:
    first, second = datetime(2025, 10, 26, 0, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC)
    store.put(batch(ALICE, [call(1, first + timedelta(minutes=5)), call(2, second + timedelta(minutes=5))]))
    found = store.ask(ask(by=Grain.HOUR, zone="Europe/Berlin"))
    assert [(each.at, each.value) for each in found] == [(first, 1), (second, 1)]


def test_the_half_hour_of_lord_howe_is_a_bucket_of_its_own(store: Store) -> None:
    turn = datetime(2026, 4, 4, 15, tzinfo=UTC)  # at two o'clock the clocks go back to half past one
    store.put(batch(ALICE, [call(1, turn - timedelta(minutes=10)), call(2, turn + timedelta(minutes=10))]))
    found = store.ask(ask(by=Grain.HOUR, zone="Australia/Lord_Howe"))
    assert [each.at for each in found] == [turn - timedelta(hours=1), turn]


DAYS = [
    ("Europe/Berlin", "2026-03-28T23:00", 23),
    ("Europe/Berlin", "2025-10-25T22:00", 25),
    ("America/New_York", "2025-11-02T04:00", 25),
    ("Asia/Kathmandu", "2025-11-01T18:15", 24),
    ("Australia/Lord_Howe", "2026-04-04T13:00", 24.5),
]


@pytest.mark.parametrize(("zone", "begin", "hours"), DAYS)
def test_a_day_is_as_long_as_its_zone_makes_it(store: Store, zone: str, begin: str, hours: float) -> None:
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    half_hours = [call(number, first + timedelta(minutes=30 * number)) for number in range(-4, 60)]
    store.put(batch(ALICE, half_hours))
    counts = {each.at: each.value for each in store.ask(ask(by=Grain.DAY, zone=zone))}
    assert counts[_day_in(zone, first)] == hours * 2


def _day_in(zone: str, at: datetime) -> date:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone)).date()


def test_a_field_of_the_kind_day_is_that_day_in_every_zone(store: Store) -> None:
    store.put(batch(ALICE, [call(1, datetime(2026, 2, 1, 12, tzinfo=UTC))]))
    for zone in ZONES:
        (bucket,) = store.ask(ask(time="day", by=Grain.DAY, zone=zone))
        assert bucket.at == date(2026, 2, 1)


def test_money_is_added_without_an_error(store: Store) -> None:
    prices = [Decimal("0.1"), Decimal("0.2"), Decimal("0.00000001"), Decimal("9999999999.9"), Decimal("9999999999.9")]
    store.put(batch(ALICE, [call(number, BEGIN, price=price) for number, price in enumerate(prices)]))
    (bucket,) = store.ask(ask(aggregate=Aggregate(Aggregation.SUM, "price")))
    assert bucket.value == sum(prices)
    assert isinstance(bucket.value, Decimal)


def test_whole_numbers_are_added_beyond_64_bits(store: Store) -> None:
    store.put(batch(ALICE, [call(number, BEGIN, duration=2**62) for number in range(4)]))
    (bucket,) = store.ask(ask(aggregate=Aggregate(Aggregation.SUM, "duration")))
    assert bucket.value == 2**64


def test_of_equal_times_the_greatest_key_is_the_latest(store: Store) -> None:
    store.put(batch(ALICE, [call(number, BEGIN, duration=number) for number in (3, 1, 2)]))
    assert store.ask(ask(aggregate=Aggregate(Aggregation.LATEST, "duration"))) == [Bucket(None, (), 3)]


def test_the_latest_value_may_be_nothing(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN, duration=5), call(2, BEGIN + timedelta(hours=1), duration=None)]))
    assert store.ask(ask(aggregate=Aggregate(Aggregation.LATEST, "duration"))) == [Bucket(None, (), None)]


def test_nothing_found_is_no_bucket(store: Store) -> None:
    assert store.ask(ask()) == []
    assert store.ask(ask(by=Grain.DAY, split=("status",))) == []


@pytest.mark.parametrize("kind", [Aggregation.SUM, Aggregation.AVG, Aggregation.MIN, Aggregation.MAX])
def test_a_cell_without_values_has_no_value(store: Store, kind: Aggregation) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)]))
    for field in ("duration", "mos", "price"):
        assert store.ask(ask(aggregate=Aggregate(kind, field))) == [Bucket(None, (), None)]


def test_a_quantile_of_nothing_is_nothing(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)]))
    for field in ("duration", "mos", "price"):
        assert store.ask(ask(aggregate=Aggregate(Aggregation.QUANTILE, field, 0.5))) == [Bucket(None, (), None)]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"resource": "faxes"}, "No resource 'faxes'.*calls"),
    ({"time": "when"}, "no field 'when'.*start_time"),
    ({"time": "status"}, "status is not a time"),
    ({"time": "day", "by": Grain.HOUR}, "day has no hours"),
    ({"zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
    ({"zone": "../../etc/passwd"}, "no time zone"),
    ({"split": ("nope",)}, "no field 'nope'"),
    ({"split": ("_account",)}, "no field '_account'"),
    ({"split": ("price",)}, "price cannot split"),
    ({"aggregate": Aggregate(Aggregation.SUM)}, "sum needs a field"),
    ({"aggregate": Aggregate(Aggregation.SUM, "status")}, "sum needs numbers, and status is of the kind text"),
    ({"aggregate": Aggregate(Aggregation.SUM, 'price") FROM x --')}, "no field"),
    ({"aggregate": Aggregate(Aggregation.MAX, "forwarded")}, "true or false"),
    ({"aggregate": Aggregate(Aggregation.QUANTILE, "price", 1.5)}, "between 0 and 1"),
    ({"aggregate": Aggregate(Aggregation.QUANTILE, "price")}, "between 0 and 1"),
    ({"where": (Filter("nope", "is", ("x",)),)}, "no field 'nope'"),
    ({"where": (Filter("status", "like", ("x",)),)}, "no operator 'like'"),
    ({"where": (Filter("status", "is", ()),)}, "takes 1 value"),
    ({"where": (Filter("status", "is", ("a", "b")),)}, "takes 1 value"),
    ({"where": (Filter("status", "empty", ("a",)),)}, "takes 0 values"),
    ({"where": (Filter("status", "is", (None,)),)}, "empty"),
    ({"where": (Filter("status", "is", (5,)),)}, "status is a text"),
    ({"where": (Filter("duration", "is", ("1 OR 1=1",)),)}, "duration is a whole number"),
    ({"where": (Filter("price", "is", ("NaN",)),)}, "price is an amount"),
    ({"where": (Filter("start_time", "less", ("2026-01-01T00:00:00",)),)}, "a time with its zone"),
    ({"where": (Filter("day", "less", ("yesterday",)),)}, "day is a day"),
    ({"where": (Filter("forwarded", "is", ("perhaps",)),)}, "true or false"),
    ({"where": (Filter("duration", "starts", ("1",)),)}, "not a text"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_a_question_that_makes_no_sense_is_refused_in_a_sentence(
    filled: tuple[Store, Known], changes: dict[str, Any], sentence: str
) -> None:
    store, _ = filled
    with pytest.raises(StoreError, match=sentence):
        store.ask(ask(**changes))


ATTACKS = [
    "'; DROP TABLE rows_calls; --",
    '" OR 1=1 --',
    "\\'; DROP TABLE rows_calls; --",
    "{p1:String}",
    "$1",
    "%(p1)s",
    "\\N",
    "a\r\nb",
    "nul\0byte",
    "*/ OR 1=1 /*",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_a_value_is_never_read_as_a_statement(store: Store, text: str) -> None:
    store.put(batch(ALICE, [call(1, BEGIN, status=text), call(2, BEGIN, status="plain")]))
    assert store.ask(ask(where=(Filter("status", "is", (text,)),), split=("status",))) == [Bucket(None, (text,), 1)]
    assert store.ask(ask(where=(Filter("status", "not_in", (text,)),))) == [Bucket(None, (), 1)]
    assert store.ask(ask(account=text)) == []


def test_the_currencies_are_those_of_the_rows_that_have_an_amount(store: Store) -> None:
    prices = [("USD", Decimal(1)), ("EUR", Decimal(1)), ("GBP", None), ("", Decimal(1)), (None, Decimal(1))]
    rows = [call(number, BEGIN, currency=unit, price=price) for number, (unit, price) in enumerate(prices)]
    store.put(batch(ALICE, rows))
    question = ask(aggregate=Aggregate(Aggregation.SUM, "price"))
    assert store.currencies(question, "currency") == ["EUR", "USD"]
    assert store.currencies(ask(account=BOB), "currency") == []


def test_nobody_sees_the_rows_of_another_account(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN, currency="USD")], held=Span(BEGIN, BEGIN + timedelta(days=1))))
    span = Span(BEGIN, BEGIN + timedelta(days=1))
    assert store.ask(ask(account=BOB)) == []
    assert store.rows(BOB, "calls", time="start_time", span=span) == []
    assert store.held(BOB, "calls") == []
    assert store.currencies(ask(account=BOB), "currency") == []


def test_the_same_key_in_two_accounts_is_two_rows(store: Store) -> None:
    for account in (ALICE, BOB):
        store.put(batch(account, [call(1, BEGIN, status=account)]))
    for account in (ALICE, BOB):
        assert store.ask(ask(account=account, split=("status",))) == [Bucket(None, (account,), 1)]
