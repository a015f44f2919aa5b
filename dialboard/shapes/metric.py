"""A question with a name."""

from typing import Literal

from msgspec import Struct

from dialboard.shapes.question import Aggregate, Filter

Favourable = Literal["up", "down", "neutral"]


class Measure(Struct, frozen=True, kw_only=True):
    """One aggregate over the rows of one resource, before it is given an account, a span and a zone.

    `zone` is set where the records are whole days already and cannot be cut again (Twilio's usage: UTC): the days asked
    about are then days of that zone, whatever the account's zone is, and hours cannot be asked for.
    """

    resource: str
    aggregate: Aggregate
    time: str
    where: tuple[Filter, ...] = ()
    zone: str | None = None


class Metric(Struct, frozen=True, kw_only=True):
    """`over` makes it a ratio: the sum of one divided by the sum of the other, times `scale`; never an average of
    percentages. `dimensions` are the fields it may be split by."""

    name: str  # "answer_rate"
    title: str
    about: str  # one plain sentence
    unit: str  # "calls", "seconds", "%", "currency"
    favourable: Favourable
    measure: Measure
    over: Measure | None = None
    scale: int = 1  # 100 for a percentage
    dimensions: tuple[str, ...] = ()
    part_of: str | None = None  # the metric with everything that this one has, and what is in none of its parts
