"""A list with a field of every kind, rows of two accounts, and the same questions answered by plain Python."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dialboard.shapes.question import Aggregate, Aggregation, Bucket, Filter, Grain, Question
from dialboard.shapes.resource import Field, Kind, Resource
from dialboard.shapes.row import Batch, Row, Span

ALICE, BOB = "acc_alice", "acc_bob"
OFFICE, SHOP = "AC0ff1ce", "AC5h0p"

CALLS = Resource(
    name="calls",
    title="Calls",
    path="/Calls.json",
    records="calls",
    key=("sid",),
    time="start_time",
    created="date_created",
    fields=(
        Field("sid", Kind.TEXT, "sid", "names the call"),
        Field("date_created", Kind.TIME, "date_created", "when it was made known"),
        Field("start_time", Kind.TIME, "start_time", "when it began; null until it does"),
        Field("status", Kind.TEXT, "status", "how it ended", dimension=True),
        Field("from", Kind.TEXT, "from", "the caller: a word of SQL on purpose"),
        Field("country", Kind.TEXT, None, "of the caller", dimension=True),
        Field("legs", Kind.INTEGER, "legs", "how many legs", dimension=True),
        Field("duration", Kind.INTEGER, "duration", "seconds"),
        Field("mos", Kind.NUMBER, "mos", "quality"),
        Field("price", Kind.MONEY, "price", "what it cost"),
        Field("currency", Kind.TEXT, "price_unit", "of the price", dimension=True),
        Field("forwarded", Kind.FLAG, "forwarded", "whether it went on", dimension=True),
        Field("day", Kind.DAY, None, "the day in UTC", dimension=True),
    ),
)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
# Nights on which those zones turn their clocks.
TURNS = [
    datetime(2025, 10, 26, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2025, 11, 2, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2025, 10, 4, 15, 30, tzinfo=UTC),
]
BEGIN, END = datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
NAMES = ["completed", "busy", "no-answer", "", None, "it's", 'a "quote"', "Zoë ☎", "back\\slash\ttab\nline"]


def call(number: int, at: datetime | None, **values: Any) -> Row:
    """A call made known a minute before it began; a null start leaves its creation at the beginning of all."""
    sid = f"CA{number:06}"
    created = at - timedelta(minutes=1) if at else BEGIN
    day = created.date()
    known = {"sid": sid, "date_created": created, "start_time": at, "day": day, **values}
    return Row(sid, known, b'{"sid": "%s"}' % sid.encode())


def random_calls(seed: int, count: int) -> list[Row]:
    chance = random.Random(seed)
    return [_random_call(chance, number) for number in range(count)]


def _random_call(chance: random.Random, number: int) -> Row:
    return call(
        number,
        _random_time(chance),
        status=chance.choice(NAMES),
        **{"from": f"+49{chance.randrange(40):06}"},
        country=chance.choice(["DE", "FR", "US", None]),
        legs=chance.choice([1, 2, 3, None]),
        duration=chance.choice([None, chance.randrange(4000)]),
        mos=chance.choice([None, chance.uniform(1, 5)]),
        price=chance.choice([None, Decimal(chance.randrange(-500, 90_000)) / 100_000]),
        currency=chance.choice(["USD", "EUR"]),
        forwarded=chance.choice([True, False, None]),
    )


def _random_time(chance: random.Random) -> datetime | None:
    if chance.random() < 0.03:
        return None
    if chance.random() < 0.3:  # a night on which a clock is turned
        return chance.choice(TURNS) + timedelta(minutes=chance.randrange(-300, 300))
    seconds = int((END - BEGIN).total_seconds())
    return BEGIN + timedelta(seconds=chance.randrange(seconds), microseconds=chance.choice([0, 0, 999_999]))


def batch(account: str, rows: list[Row], twilio_account: str = OFFICE, **more: Any) -> Batch:
    return Batch(account=account, twilio_account=twilio_account, resource="calls", rows=rows, **more)


def ask(**changes: Any) -> Question:
    """How many calls Alice had in all, with changes."""
    asked: dict[str, Any] = {
        "account": ALICE,
        "resource": "calls",
        "aggregate": Aggregate(Aggregation.COUNT),
        "time": "start_time",
        "span": Span(BEGIN, END),
        "zone": "UTC",
    }
    return Question(**(asked | changes))


def random_question(seed: int) -> Question:
    chance = random.Random(seed)
    time = chance.choice(["start_time", "start_time", "date_created", "day"])
    grains = [None, *Grain] if time != "day" else [None, *(grain for grain in Grain if grain is not Grain.HOUR)]
    begin = BEGIN + timedelta(minutes=chance.randrange(100_000))
    return ask(
        aggregate=chance.choice(AGGREGATES),
        time=time,
        span=chance.choice([Span(BEGIN, END), Span(begin, begin + timedelta(minutes=chance.randrange(1, 300_000)))]),
        zone=chance.choice(ZONES),
        by=chance.choice(grains),
        split=tuple(
            chance.sample(["status", "country", "legs", "currency", "forwarded", "day"], chance.choice([0, 0, 1, 2]))
        ),
        where=tuple(chance.sample(FILTERS, chance.choice([0, 0, 1, 2]))),
        twilio_account=chance.choice([None, None, OFFICE, SHOP, "AC_none"]),
    )


AGGREGATES = [
    Aggregate(Aggregation.COUNT),
    Aggregate(Aggregation.COUNT, "price"),
    *(Aggregate(kind, field) for kind in (Aggregation.SUM, Aggregation.AVG) for field in ("duration", "mos", "price")),
    *(
        Aggregate(kind, field)
        for kind in (Aggregation.MIN, Aggregation.MAX)
        for field in ("duration", "mos", "price", "status", "start_time", "day")
    ),
    *(
        Aggregate(Aggregation.LATEST, field)
        for field in ("duration", "mos", "price", "status", "end", "forwarded", "day")
        if field != "end"
    ),
    *(
        Aggregate(Aggregation.DISTINCT, field)
        for field in ("duration", "price", "from", "start_time", "day", "forwarded")
    ),
    *(
        Aggregate(Aggregation.QUANTILE, field, quantile)
        for field in ("duration", "mos", "price")
        for quantile in (0, 0.05, 0.5, 0.95, 1)
    ),
]
FILTERS = [
    Filter("status", "is", ("completed",)),
    Filter("status", "is_not", ("completed",)),
    Filter("status", "in", ("busy", "it's", "back\\slash\ttab\nline")),
    Filter("status", "in", ()),
    Filter("status", "not_in", ("busy", 'a "quote"')),
    Filter("status", "not_in", ()),
    Filter("status", "empty"),
    Filter("status", "not_empty"),
    Filter("status", "starts", ("Zo",)),
    Filter("status", "starts", ("",)),
    Filter("status", "more", ("c",)),
    Filter("duration", "less", (1000,)),
    Filter("duration", "at_least", (999.5,)),
    Filter("duration", "is", ("7",)),
    Filter("legs", "empty"),
    Filter("legs", "not_empty"),
    Filter("mos", "more", (2.5,)),
    Filter("price", "at_most", (Decimal("0.5"),)),
    Filter("price", "more", ("0",)),
    Filter("price", "less", (0.25,)),
    Filter("forwarded", "is", (True,)),
    Filter("forwarded", "is_not", (True,)),
    Filter("day", "at_least", (date(2026, 1, 1),)),
    Filter("day", "in", ("2025-10-26", date(2026, 3, 29))),
    Filter("date_created", "less", (datetime(2026, 1, 1, 3, tzinfo=UTC),)),
]


# The same in plain Python


def expected(rows: list[tuple[str, Row]], question: Question) -> list[Bucket]:
    """The answer over these rows of one account, each with its Twilio account."""
    found = [
        row
        for twilio_account, row in rows
        if question.twilio_account in (None, twilio_account)
        and _within(row, question)
        and all(_passes(row, each) for each in question.where)
    ]
    cells: dict[tuple[Any, ...], list[Row]] = {}
    for row in found:
        dimensions = tuple(_text(row.values.get(name)) for name in question.split)
        cells.setdefault((_at(row, question), dimensions), []).append(row)
    buckets = [Bucket(at, dimensions, _value(inside, question)) for (at, dimensions), inside in cells.items()]
    return sorted(buckets, key=_place)


def same(found: list[Bucket], wanted: list[Bucket]) -> bool:
    """Equal cells in equal order; floats but for their last digits, money within a unit of its last place where it
    was interpolated."""
    if [(each.at, each.dimensions) for each in found] != [(each.at, each.dimensions) for each in wanted]:
        return False
    return all(_same_value(one.value, other.value) for one, other in zip(found, wanted, strict=True))


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-12, abs=1e-12)
    return type(one) is type(other) and one == other


def _within(row: Row, question: Question) -> bool:
    at = row.values[question.time]
    if isinstance(at, datetime):
        return question.span.from_ <= at < question.span.until
    if at is None:
        return False
    assert isinstance(at, date)
    zone = ZoneInfo(question.zone)
    midnight = datetime(at.year, at.month, at.day)  # noqa: DTZ001
    from_, until = (each.astimezone(zone).replace(tzinfo=None) for each in (question.span.from_, question.span.until))
    return from_ <= midnight < until


def _passes(row: Row, each: Filter) -> bool:
    value = row.values.get(each.field)
    texts = [_like(value, other) for other in each.values]
    if each.operator == "empty":
        return value is None or value == ""
    if each.operator == "not_empty":
        return value is not None and value != ""
    if each.operator in ("is_not", "not_in"):
        return value is None or value not in texts
    return value is not None and _COMPARE[each.operator](value, texts)


_COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "is": lambda value, others: value == others[0],
    "in": lambda value, others: value in others,
    "less": lambda value, others: value < others[0],
    "at_most": lambda value, others: value <= others[0],
    "more": lambda value, others: value > others[0],
    "at_least": lambda value, others: value >= others[0],
    "starts": lambda value, others: value.startswith(others[0]),
}


def _like(value: Any, other: Any) -> Any:
    """The filter's value in the type of the row's."""
    if isinstance(value, date) and not isinstance(value, datetime) and isinstance(other, str):
        return date.fromisoformat(other)
    if isinstance(value, int | float | Decimal) and isinstance(other, str):
        return Decimal(other)
    return other


def _at(row: Row, question: Question) -> date | datetime | None:
    if question.by is None:
        return None
    at: Any = row.values[question.time]
    if question.by is Grain.HOUR:
        return _hour(at, ZoneInfo(question.zone))
    day = at.astimezone(ZoneInfo(question.zone)).date() if isinstance(at, datetime) else at
    return _FIRST_DAY[question.by](day)


def _hour(at: datetime, zone: ZoneInfo) -> datetime:
    """Goes back by the minute for as long as the clock shows the same hour and is as far ahead."""
    found = at.replace(second=0, microsecond=0)
    while True:
        before = (found - timedelta(minutes=1)).astimezone(zone)
        local = found.astimezone(zone)
        if (before.hour, before.utcoffset()) != (local.hour, local.utcoffset()):
            return found
        found -= timedelta(minutes=1)


_FIRST_DAY: dict[Grain, Callable[[date], date]] = {
    Grain.DAY: lambda day: day,
    Grain.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Grain.MONTH: lambda day: day.replace(day=1),
    Grain.QUARTER: lambda day: day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
    Grain.YEAR: lambda day: day.replace(day=1, month=1),
}


def _value(rows: list[Row], question: Question) -> Any:
    kind, field = question.aggregate.kind, question.aggregate.field
    if field is None:
        return len(rows)
    if kind is Aggregation.LATEST:
        return max(rows, key=lambda row: (row.values[question.time], row.key)).values.get(field)
    values: list[Any] = [value for row in rows if (value := row.values.get(field)) is not None]
    if kind in (Aggregation.COUNT, Aggregation.DISTINCT):
        return len(values) if kind is Aggregation.COUNT else len(set(values))
    return _OF_VALUES[kind](values, question.aggregate) if values else None


def _quantile(values: list[Any], aggregate: Aggregate) -> Any:
    assert aggregate.quantile is not None
    money = isinstance(values[0], Decimal)
    numbers, place = sorted(map(float, values)), (len(values) - 1) * aggregate.quantile
    low, high = int(place), min(int(place) + 1, len(values) - 1)
    between = numbers[low] + (numbers[high] - numbers[low]) * (place - low)
    return round(Decimal(repr(between)), 8) if money else between


def _mean(values: list[Any], aggregate: Aggregate) -> Any:
    mean = sum(values) / len(values)
    return round(mean, 8) if isinstance(mean, Decimal) else float(mean)


_OF_VALUES: dict[Aggregation, Callable[[list[Any], Aggregate], Any]] = {
    Aggregation.SUM: lambda values, aggregate: sum(values),
    Aggregation.AVG: _mean,
    Aggregation.MIN: lambda values, aggregate: min(values),
    Aggregation.MAX: lambda values, aggregate: max(values),
    Aggregation.QUANTILE: _quantile,
}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(bucket: Bucket) -> tuple[Any, ...]:
    at = (bucket.at,) if bucket.at is not None else ()
    return (*at, *((value is not None, value or "") for value in bucket.dimensions))
