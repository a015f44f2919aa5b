"""Which days of a resource are here: the strip of a connection's page."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from dialboard.shapes.row import Span
from dialboard.web.asked import days_in_words

State = Literal["full", "part", "gap"]
DAYS = 90


class Day(Struct, frozen=True):
    place: int  # from the left
    day: date
    state: State


class Strip(Struct, frozen=True):
    days: list[Day]
    sentence: str


def strip(held: Sequence[Span], now: datetime, days: int = DAYS) -> Strip:
    """The last days in UTC, as Twilio counts them, today included."""
    today = now.astimezone(UTC).date()
    found = [
        Day(place, day := today - timedelta(days=days - 1 - place), _state(day, held, now)) for place in range(days)
    ]
    return Strip(found, _sentence(found, held))


def _state(day: date, held: Sequence[Span], now: datetime) -> State:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Of today only what is past can be here; a sync runs every few minutes.
    end = min(begin + timedelta(days=1), max(now - timedelta(minutes=30), begin + timedelta(seconds=1)))
    here = sum(
        (min(span.until, end) - max(span.from_, begin) for span in held if span.from_ < end and span.until > begin),
        timedelta(0),
    )
    return "full" if here >= end - begin else "part" if here else "gap"


def _sentence(days: Sequence[Day], held: Sequence[Span]) -> str:
    if not held:
        return "Nothing is here yet."
    full = sum(one.state == "full" for one in days)
    oldest = min(span.from_ for span in held).date()
    since = f"Twilio was asked for what it has since {days_in_words(oldest, oldest)}"
    if full == len(days):
        return f"All of the last {len(days)} days is here; {since}."
    return f"{full} of the last {len(days)} days are here in full; {since}."
