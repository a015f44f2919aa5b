"""A metric, asked over a period, as a series.

place      the days of the zone that the metric's records know; all_time begins where something is held
spend      amounts are of one currency, or split by it
cover      what is held of the period, and what is a gap
ask        by buckets, over the whole period, and over the whole period for each combination of dimensions
fill       every bucket gets its value: what was found; 0 where something is held and nothing was found; else null
compare    the same for the period before
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, structs

from dialboard.errors import SeveralCurrencies, UsageError
from dialboard.measure.buckets import Slot, slots
from dialboard.measure.gaps import gaps_of_all, merged, touches
from dialboard.measure.period import DAY, Period, beginning, in_zone, previous
from dialboard.shapes.metric import Measure, Metric
from dialboard.shapes.money import round_money
from dialboard.shapes.question import Aggregation, Grain, Held, Question
from dialboard.shapes.row import Span
from dialboard.shapes.series import Number, Point, Series, Total
from dialboard.store.door import Store

# A series is read at once and drawn at once; this many are 22 years by the hour.
MOST_POINTS = 200_000
CURRENCY = "currency"  # the field that tells the currency of an amount, in every resource that has one

Dimensions = tuple[str | None, ...]
Key = tuple[date | datetime | None, Dimensions]
_COUNTED = frozenset({Aggregation.COUNT, Aggregation.SUM, Aggregation.DISTINCT})


class Asked(Struct, frozen=True, kw_only=True):
    """One metric over one period, with all that its questions have in common."""

    store: Store
    metric: Metric
    account: str
    period: Period
    by: Grain | None
    split: tuple[str, ...]
    twilio_account: str | None
    held: list[list[Held]] = []  # of each resource that the metric reads, at any time

    def question(self, measure: Measure, by: Grain | None = None, split: tuple[str, ...] = ()) -> Question:
        return Question(
            account=self.account,
            resource=measure.resource,
            aggregate=measure.aggregate,
            time=measure.time,
            span=self.period.span,
            zone=self.period.zone,
            by=by,
            split=split,
            where=measure.where,
            twilio_account=self.of(measure.resource),
        )

    def of(self, resource: str) -> str | None:
        # Tracker events belong to no Twilio account.
        return None if resource == "events" else self.twilio_account

    @property
    def measures(self) -> list[Measure]:
        return [self.metric.measure, *([self.metric.over] if self.metric.over else [])]


class Cover(Struct, frozen=True):
    """`held`: spans of which some Twilio account has everything; `gaps`: spans of which one has not."""

    held: list[Span]
    gaps: list[Span]


def answer(
    store: Store,
    metric: Metric,
    *,
    account: str,
    period: Period,
    by: Grain | None = None,
    split: Sequence[str] = (),
    compare: bool = False,
    twilio_account: str | None = None,
    now: datetime,
) -> Series:
    """The metric over the period, with its gaps; with `compare` also over the period before it.

    Of several Twilio accounts a span counts as held when every one that holds anything of the resource holds it; a
    value is of all that is there. Without `by` there is one bucket, the period. Raises UsageError for a dimension or a
    grain that the metric does not have, SeveralCurrencies for amounts that cannot be added up.
    """
    _check(metric, by, split)
    asked = Asked(
        store=store,
        metric=metric,
        account=account,
        period=in_zone(period, metric.measure.zone),
        by=by,
        split=tuple(dict.fromkeys(split)),
        twilio_account=twilio_account,
    )
    asked = _begin(structs.replace(asked, held=_held(asked)))
    series = _series(asked)
    before = _before(asked, now) if compare else None
    if before is None:
        return series
    return structs.replace(series, previous=_series(structs.replace(asked, period=before)))


def _before(asked: Asked, now: datetime) -> Period | None:
    """What is known by the day only has no value for yesterday by this time, so today is compared with nothing."""
    is_running = asked.period.from_ < now < asked.period.until
    if asked.metric.measure.zone and is_running and asked.period.end - asked.period.first == DAY:
        return None
    return previous(asked.period, now)


def _check(metric: Metric, by: Grain | None, split: Sequence[str]) -> None:
    for dimension in split:
        if dimension not in metric.dimensions:
            there_is = ", ".join(metric.dimensions) or "nothing to split it by"
            raise UsageError(f"--split {dimension}: {metric.name} has no such dimension; there is {there_is}.")
    if by is Grain.HOUR and metric.measure.zone:
        raise UsageError(f"--by hour: {metric.name} is known by the day only; ask by day or longer.")


def _held(asked: Asked) -> list[list[Held]]:
    """Asked once, for the period and for the one before it."""
    resources = dict.fromkeys(measure.resource for measure in asked.measures)
    return [asked.store.held(asked.account, resource, asked.of(resource)) for resource in resources]


def _begin(asked: Asked) -> Asked:
    """The question of all time, from the first day of which something is held."""
    if asked.period.name != "all_time":
        return asked
    first = min((one.span.from_ for held in asked.held for one in held), default=asked.period.until)
    return structs.replace(asked, period=beginning(asked.period, first))


def _series(asked: Asked) -> Series:
    metric = asked.metric
    currencies = _currencies(asked)
    cover = _cover(asked)
    total, totals = _totals(asked, cover, currencies)
    return Series(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        currency=currencies[0] if len(currencies) == 1 else None,
        favourable=metric.favourable,
        zone=asked.period.zone,
        span=asked.period.span,
        by=asked.by,
        split=asked.split,
        points=_points(asked, cover, total, totals),
        total=total,
        totals=totals,
        gaps=cover.gaps,
    )


def _currencies(asked: Asked) -> list[str]:
    """The currencies of the amounts; empty when there are none and for other units."""
    if asked.metric.unit != "currency":
        return []
    found = sorted(filter(None, asked.store.currencies(asked.question(asked.metric.measure), CURRENCY)))
    if len(found) > 1 and CURRENCY not in asked.split:
        raise SeveralCurrencies(
            f"{asked.metric.title} is in {', '.join(found)}, which cannot be added up: split by currency "
            "(--split currency)."
        )
    return found


def _cover(asked: Asked) -> Cover:
    return Cover(
        held=merged(one.span for of_resource in asked.held for one in of_resource),
        gaps=merged(gap for of_resource in asked.held for gap in gaps_of_all(asked.period.span, of_resource)),
    )


def _totals(asked: Asked, cover: Cover, currencies: list[str]) -> tuple[Number | None, list[Total]]:
    """The value over the whole period (None when it would be of several currencies), and with a split that of each
    combination, largest first."""
    if not touches(asked.period.span, cover.held):
        return None, []
    several = len(currencies) > 1
    total = None if several else _values(asked).get((None, ()), _nothing_found(asked.metric))
    if not asked.split:
        return total, []
    found = _values(asked, split=asked.split)
    totals = [Total(_named(asked.split, dimensions), value) for (_, dimensions), value in found.items()]
    return total, sorted(totals, key=_largest_first)


def _points(asked: Asked, cover: Cover, total: Number | None, totals: list[Total]) -> list[Point]:
    """One for each bucket, and with a split one for each bucket and each combination that the period knows."""
    if asked.by is None:
        whole = totals if asked.split else [Total({}, total)]
        return [Point(asked.period.first, one.dimensions, one.value) for one in whole]
    buckets = slots(asked.period.span, asked.period.zone, asked.by)
    combinations = [one.dimensions for one in totals] if asked.split else [{}]
    _check_size(len(buckets) * len(combinations))
    found = _values(asked, by=asked.by, split=asked.split)
    return [
        Point(_shown_at(slot, asked.period), dimensions, _value(asked, cover, found, slot, dimensions))
        for slot in buckets
        for dimensions in combinations
    ]


def _check_size(points: int) -> None:
    if points > MOST_POINTS:
        raise UsageError(
            f"That would be {points:,} values, and {MOST_POINTS:,} is the most: ask for a shorter range, "
            "longer buckets or fewer dimensions."
        )


def _value(
    asked: Asked, cover: Cover, found: Mapping[Key, Number | None], slot: Slot, dimensions: dict[str, str | None]
) -> Number | None:
    if not touches(slot.span, cover.held):
        return None
    return found.get((slot.at, tuple(dimensions.values())), _nothing_found(asked.metric))


def _values(asked: Asked, by: Grain | None = None, split: tuple[str, ...] = ()) -> dict[Key, Number | None]:
    """The metric's value in each cell in which a row was found: a ratio is one sum divided by another."""
    metric = asked.metric
    above = _ask(asked, metric.measure, by, split)
    if metric.over is None:
        return {key: _scaled(value, metric.scale) for key, value in above.items()}
    below = _ask(asked, metric.over, by, split)
    nothing = _zero(metric.measure, metric.unit)
    return {
        key: _ratio(above.get(key, nothing), below.get(key), metric.scale) for key in dict.fromkeys([*above, *below])
    }


def _ask(asked: Asked, measure: Measure, by: Grain | None, split: tuple[str, ...]) -> dict[Key, Number | None]:
    # A sum over rows that all lack the field (no price yet) is null to the engines and 0 to us.
    nothing = _zero(measure, asked.metric.unit)
    found = asked.store.ask(asked.question(measure, by, split))
    return {(cell.at, cell.dimensions): nothing if cell.value is None else cell.value for cell in found}


def _nothing_found(metric: Metric) -> Number | None:
    """The value of a bucket that is held and has no row: 0 of a count or a sum, None of anything else."""
    return None if metric.over else _zero(metric.measure, metric.unit)


def _zero(measure: Measure, unit: str) -> Number | None:
    if measure.aggregate.kind not in _COUNTED:
        return None
    return Decimal(0) if unit == "currency" and measure.aggregate.kind is Aggregation.SUM else 0


def _scaled(value: Number | None, scale: int) -> Number | None:
    return value if value is None or scale == 1 else value * scale


def _ratio(above: Number | None, below: Number | None, scale: int) -> Number | None:
    """None when there is nothing to divide by."""
    if above is None or not below:
        return None
    if isinstance(above, Decimal) or isinstance(below, Decimal):
        return round_money(_decimal(above) * scale / _decimal(below))
    return above * scale / below


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _named(split: Iterable[str], dimensions: Dimensions) -> dict[str, str | None]:
    return dict(zip(split, dimensions, strict=True))


def _largest_first(total: Total) -> tuple[bool, float, list[str]]:
    """None last; of equals by their names, so that two answers are the same."""
    value = 0.0 if total.value is None else float(total.value)
    return total.value is None, -value, [text or "" for text in total.dimensions.values()]


def _shown_at(slot: Slot, period: Period) -> date | datetime:
    return slot.at.astimezone(period.tz) if isinstance(slot.at, datetime) else slot.at
