"""What is asked of the store. There is no word of SQL in it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from dialboard.shapes.row import Span, Value


class Aggregation(StrEnum):
    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    LATEST = "latest"  # the value of the row with the newest time
    DISTINCT = "distinct"  # exact
    QUANTILE = "quantile"  # exact, linear interpolation


class Aggregate(Struct, frozen=True):
    """`field` is None for count only. `quantile` is between 0 and 1, for QUANTILE only."""

    kind: Aggregation
    field: str | None = None
    quantile: float | None = None


Operator = Literal[
    "is", "is_not", "in", "not_in", "less", "at_most", "more", "at_least", "empty", "not_empty", "starts"
]


class Filter(Struct, frozen=True):
    """A row passes when `field` compares to `values` so. A null passes only `empty`, `is_not` and `not_in`.

    `empty` is null or ""; it and `not_empty` take no values, `in` and `not_in` any number, the others one.
    """

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()


class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # starts on Monday
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Question(Struct, frozen=True, kw_only=True):
    """One aggregate over the rows of one resource of one account.

    Ranges and buckets go by `time`, a field of the resource; rows whose time is null are in no bucket.
    """

    account: str
    resource: str
    aggregate: Aggregate
    time: str
    span: Span
    zone: str  # IANA name: days begin there
    by: Grain | None = None  # None: one bucket for the whole span
    split: tuple[str, ...] = ()  # dimension fields
    where: tuple[Filter, ...] = ()
    twilio_account: str | None = None  # None: every Twilio account of the account


class Bucket(Struct, frozen=True):
    """One cell of an answer; only cells in which a row was found are given.

    `at` is the bucket's first day in the zone (day and longer), the first instant in UTC (hour), None without `by`.
    `value` is an int (count, distinct), a Decimal (money), a float or a text/time as the field has it.
    """

    at: date | datetime | None
    dimensions: tuple[str | None, ...]  # in the order of Question.split
    value: int | float | Decimal | None


class Held(Struct, frozen=True):
    """A span of which everything is in the store."""

    twilio_account: str
    span: Span
