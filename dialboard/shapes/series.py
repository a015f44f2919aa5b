"""The answer to a question: buckets in time, per dimension, with the comparison and the gaps."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span

Number = int | float | Decimal


class Point(Struct, frozen=True):
    """`value` is None where nothing of the bucket is held, or where there is nothing to average."""

    at: date | datetime  # a date for day and longer; an aware time in the zone below
    dimensions: dict[str, str | None]
    value: Number | None


class Total(Struct, frozen=True):
    dimensions: dict[str, str | None]
    value: Number | None


class Change(Struct, frozen=True):
    """How a value stands to the one it is compared with.

    `percent` is None when it was 0 before; `is_good` is None when it did not change or neither way is better.
    """

    absolute: Number
    percent: float | None
    is_good: bool | None


class Series(Struct, frozen=True, kw_only=True):
    """`total` is asked over the whole span, never added up from the buckets."""

    metric: str
    title: str
    unit: str  # "calls", "seconds", "%", "currency" ...
    currency: str | None  # "USD" when the unit is money of one currency
    favourable: str  # "up", "down", "neutral"
    zone: str
    span: Span
    by: Grain | None
    split: tuple[str, ...] = ()
    points: list[Point]
    total: Number | None
    totals: list[Total]  # with a split: the total of each combination, largest first
    gaps: list[Span]
    previous: "Series | None" = None  # the comparison, when it was asked for
