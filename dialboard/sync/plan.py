"""What is missing -> slices of time to ask for, newest first. Pure: no clock, no I/O."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dialboard.errors import UsageError
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Span

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# More slices than can be open at once, so that a long one at the end does not keep the others idle.
_SLICES_EACH = 3
_OLDER = 4  # a slice spans at most this part of its distance to now: then four that are open reach as far back again


def asked(resource: Resource, now: datetime, since: datetime | None = None, until: datetime | None = None) -> Span:
    """The span to have afterwards. Its end is frozen at `now`; its start is where Twilio's records begin.

    Without `since` all that Twilio still has. Raises UsageError when nothing is left of it.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    end = min(until or now, now)
    begin = since or now - timedelta(days=resource.reach_days)
    if resource.retention_days is not None:
        # A minute of room: the request arrives later than now, and an older start is refused, not answered in part.
        begin = max(begin, now - timedelta(days=resource.retention_days) + timedelta(minutes=1))
    if is_by_day(resource):
        begin = _midnight(begin)
    if begin >= end:
        raise UsageError(
            f"Nothing of {resource.title.lower()} is left to ask for from {begin:%Y-%m-%d} until {end:%Y-%m-%d}: "
            "the range is in the future, the wrong way round, or older than what Twilio keeps."
        )
    return Span(begin, end)


def slices(
    resource: Resource,
    span: Span,
    held: Sequence[Span],
    settled: Sequence[Span],
    *,
    fresh: Sequence[Span] = (),
    parallel: int = 4,
) -> list[Span]:
    """What to ask for so that the span is held: its gaps, and again what was read while it could still change.

    `fresh` are spans that an interrupted run has read since it began; they are not read again for being unsettled.
    """
    wanted = joined([*minus([span], held), *minus(minus([span], settled), fresh)])
    if is_by_day(resource):
        wanted = joined(Span(_midnight(piece.from_), piece.until) for piece in wanted)
    # A resumed run cuts as the first one did: smaller slices would end in more pages that are not full.
    size = _size(resource, [span] if fresh else wanted, parallel)
    unit = _DAY if is_by_day(resource) else _HOUR
    return [piece for gap in reversed(wanted) for piece in _cut(gap, size, span.until, unit)]


def settled(resource: Resource, read: Sequence[Span], at: datetime) -> list[Span]:
    """What of it changes no more, as it was read at that time."""
    end = at - timedelta(days=resource.late_days)
    return [Span(one.from_, min(one.until, end)) for one in read if one.from_ < end]


def is_by_day(resource: Resource) -> bool:
    """Whether the list can only be asked for whole UTC days."""
    return resource.window is not None and resource.window.grain == "day"


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as can be, in order."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.from_ <= out[-1].until:
            out[-1] = Span(out[-1].from_, max(out[-1].until, span.until))
        else:
            out.append(span)
    return out


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` lies in none of `taken`, in order."""
    left = joined(spans)
    for away in taken:
        left = [piece for span in left for piece in _minus_one(span, away)]
    return left


def _minus_one(span: Span, away: Span) -> list[Span]:
    pieces = (Span(span.from_, min(span.until, away.from_)), Span(max(span.from_, away.until), span.until))
    return [piece for piece in pieces if piece.from_ < piece.until]


def _size(resource: Resource, wanted: Sequence[Span], parallel: int) -> timedelta:
    total = sum((span.until - span.from_ for span in wanted), timedelta())
    even = total / (parallel * _SLICES_EACH)
    if is_by_day(resource):
        return max(min(timedelta(days=resource.slice_days), timedelta(days=even.days)), _DAY)
    whole_hours = _HOUR * -(-even // _HOUR)
    return max(min(timedelta(days=resource.slice_days), whole_hours), _HOUR)


def _cut(gap: Span, size: timedelta, newest: datetime, unit: timedelta) -> list[Span]:
    """Newest first, and the newer the shorter, from a day on: several are read at once, and a board that fills shall
    have its last days whole before older ones come. By day all cuts are at midnight."""
    edges = [gap.until]
    while edges[-1] > gap.from_:
        step = min(size, max(_DAY, (newest - edges[-1]) / _OLDER // unit * unit))
        edge = edges[-1] - step
        if unit == _DAY and edge != _midnight(edge):
            edge = _midnight(edge) + _DAY
        edges.append(max(edge, gap.from_))
    return [Span(from_, until) for until, from_ in pairwise(edges)]


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
