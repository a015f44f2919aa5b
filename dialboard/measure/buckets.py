"""A span cut into hours, days, weeks, months, quarters or years of a zone."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from dialboard.measure.period import DAY, first_of_quarter, midnight, monday, months_later
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span

HOUR = timedelta(hours=1)


class Slot(Struct, frozen=True):
    """One bucket of a span. `at` is its first day in the zone (also when the span begins later), or the hour's first
    instant in UTC: the names the store gives them. `span` is the part of it that was asked about."""

    at: date | datetime
    span: Span


def slots(span: Span, zone: str, grain: Grain) -> list[Slot]:
    """The buckets that the span touches, in order; the first and the last may lie in it only in part."""
    found = _hours(span, zone) if grain is Grain.HOUR else _days(span, zone, grain)
    return [Slot(at, part) for at, whole in found if (part := _common(whole, span))]


def _common(a: Span, b: Span) -> Span | None:
    from_, until = max(a.from_, b.from_), min(a.until, b.until)
    # A day that a zone left out (Pacific/Apia had no 30 December 2011) has no length.
    return Span(from_, until) if from_ < until else None


def _days(span: Span, zone: str, grain: Grain) -> Iterator[tuple[date, Span]]:
    first, following = _CALENDAR[grain]
    at = first(span.from_.astimezone(ZoneInfo(zone)).date())
    begins = midnight(at, zone)
    while begins < span.until:
        ends = midnight(following(at), zone)
        yield at, Span(begins, ends)
        at, begins = following(at), ends


def _hours(span: Span, zone: str) -> Iterator[tuple[datetime, Span]]:
    """Hours of the zone's clock. Where the clock is turned an hour begins too: the two hours from one to two o'clock of
    an autumn night are two, and Lord Howe's half hour is one of its own."""
    tz = ZoneInfo(zone)
    begins = _hour_begin(span.from_, tz)
    while begins < span.until:
        minutes_in = begins.astimezone(tz).minute
        ends = begins + HOUR - timedelta(minutes=minutes_in)
        ends = _turn(begins, ends, tz) or ends
        yield begins, Span(begins, ends)
        begins = ends


def _hour_begin(instant: datetime, tz: ZoneInfo) -> datetime:
    local = instant.astimezone(tz)
    begins = instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return _turn(begins, instant, tz) or begins.astimezone(UTC)


def _turn(from_: datetime, until: datetime, tz: ZoneInfo) -> datetime | None:
    """The first minute after `from_` and not after `until` with another offset from UTC; None when there is none."""
    before = from_.astimezone(tz).utcoffset()
    if until.astimezone(tz).utcoffset() == before:
        return None
    low, high = from_, until
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high.replace(second=0, microsecond=0).astimezone(UTC)


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _first_of_year(day: date) -> date:
    return date(day.year, 1, 1)


_CALENDAR: dict[Grain, tuple[Callable[[date], date], Callable[[date], date]]] = {
    Grain.DAY: (lambda day: day, lambda at: at + DAY),
    Grain.WEEK: (monday, lambda at: at + 7 * DAY),
    Grain.MONTH: (_first_of_month, lambda at: months_later(at, 1)),
    Grain.QUARTER: (first_of_quarter, lambda at: months_later(at, 3)),
    Grain.YEAR: (_first_of_year, lambda at: months_later(at, 12)),
}
