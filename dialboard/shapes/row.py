"""Typed records, the spans of time that are held, and the batch in which both are written together."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

Value = str | int | float | Decimal | datetime | date | bool | None


class Span(Struct, frozen=True, order=True):
    """From included, until excluded; UTC, aware."""

    from_: datetime
    until: datetime


class Row(Struct, frozen=True):
    """One record of a resource. `values` by field name, typed by the field's kind; `record` the whole JSON as it came
    (less what the owner does not want kept)."""

    key: str
    values: dict[str, Value]
    record: bytes


class Batch(Struct, frozen=True, kw_only=True):
    """What is written at once: rows, the span that is held because of them, and how far a log was absorbed."""

    account: str
    twilio_account: str  # AC..., "" for tracker events
    resource: str
    rows: list[Row]
    held: Span | None = None  # set with the last batch of a slice, when all of it is here
    cursor: tuple[str, int] | None = None  # (name, sequence), written with the rows
