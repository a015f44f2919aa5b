"""A zone's offsets as plain numbers, so that both engines cut days by the same table as Python does.

The engines' own zone functions are slow (DuckDB's takes twelve times as long as a comparison with a transition), and
their zone tables are of another age than ours: a country that changed its clocks would have two kinds of days.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dialboard.errors import StoreError
from dialboard.shapes.row import Span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
ALWAYS_US = -(1 << 60)  # before every time; adding an offset to it stays within 64 bits


class Piece(NamedTuple):
    """From this instant (microseconds since 1970) on, the zone's clocks are `offset_us` ahead of UTC."""

    start_us: int
    offset_us: int


def find_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; StoreError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StoreError(f"There is no time zone {name!r}: use an IANA name such as Europe/Berlin.") from error


def to_us(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1)


def pieces(zone: str, span: Span) -> list[Piece]:
    """The offsets that hold within the span, oldest first; the first began before the span."""
    years = range(span.from_.year - 1, span.until.year + 2)
    known = [piece for year in years if 1 < year < 9999 for piece in _year(zone, year)]
    start, end = to_us(span.from_), to_us(span.until)
    before = [piece for piece in known if piece.start_us <= start]
    first = before[-1] if before else Piece(ALWAYS_US, _offset_us(find_zone(zone), span.from_))
    return [first, *(piece for piece in known if start < piece.start_us < end)]


@lru_cache(maxsize=4096)
def _year(name: str, year: int) -> tuple[Piece, ...]:
    """The transitions of one year. Looks at every day: no zone has ever changed twice within one."""
    zone, found = find_zone(name), []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        if _offset_us(zone, day) != _offset_us(zone, day + timedelta(days=1)):
            found.append(_transition(zone, day))
        day += timedelta(days=1)
    return tuple(found)


def _transition(zone: ZoneInfo, day: datetime) -> Piece:
    """The instant within that day at which the offset changes, to the second."""
    before, low, high = _offset_us(zone, day), 0, 86_400
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_us(zone, day + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    at = day + timedelta(seconds=high)
    return Piece(to_us(at), _offset_us(zone, at))


def _offset_us(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)
