"""A list of records that we know how to read, type, keep and ask about."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Kind(StrEnum):
    """What a field's text means. The store's column types follow from it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # a measure: float
    MONEY = "money"  # decimal, 8 places; what it costs us, positive
    TIME = "time"  # UTC, aware
    DAY = "day"  # a calendar day in UTC
    FLAG = "flag"


# How the text of a record becomes the value, beyond what the kind says.
#   negated  Twilio writes charges below zero here; a cost is above
#   upper    a code that Twilio writes in either case (USD, usd)
Reading = Literal["plain", "negated", "upper"]


class Field(Struct, frozen=True):
    """One typed column of a resource.

    `source` is the name in Twilio's record; None when it is derived from the record (country, channel): the function
    of the field's name in `extract.derive` says how.
    """

    name: str
    kind: Kind
    source: str | None
    meaning: str
    dimension: bool = False  # may split a metric
    reading: Reading = "plain"


class Window(Struct, frozen=True):
    """How a list is cut by time: the names of the query parameters, operators included.

    Twilio writes the operator in the parameter's name (`StartTime>`) and means "on or after" by > and "before or at"
    by <: windows are asked half-open with full date-times and duplicates fall to the upsert by key.
    Source: twilio.com/docs/voice/resolve-call-log-usage-discrepancies, read 2026-11.
    """

    from_parameter: str
    until_parameter: str
    grain: str = "second"  # "second": date-times; "day": whole UTC days, both ends included


class Resource(Struct, frozen=True, kw_only=True):
    """A Twilio list endpoint (or our own list of events): its path, record key, time field and typed fields."""

    name: str  # "calls": also the table's name in the store
    title: str
    path: str  # with {account_sid}; "" for lists that are not Twilio's
    records: str  # the key of the array in the answer
    key: tuple[str, ...]  # fields of the record that name it
    time: str  # the Field.name that metrics are asked by
    created: str  # the Field.name that never changes: the store sorts by it
    fields: tuple[Field, ...]
    window: Window | None = None
    page_size: int = 1000
    parameters: tuple[tuple[str, str], ...] = ()  # sent with every request for the list
    retention_days: int | None = None  # an older start is refused by Twilio; None: it is answered with what there is
    reach_days: int = 400  # how far back a first sync asks when nobody says since when
    late_days: int = 3  # how long a record may still change: re-read on every sync
    slice_days: int = 7  # the most that one open slice of a sync spans
    docs: str = ""  # the manual's address and the day it was read

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
