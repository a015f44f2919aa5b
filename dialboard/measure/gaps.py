"""What of a span is held, and what is not. Spans are from included, until excluded."""

from collections.abc import Iterable, Sequence

from dialboard.shapes.question import Held
from dialboard.shapes.row import Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as possible, in order of time."""
    whole: list[Span] = []
    for span in sorted(spans):
        if whole and span.from_ <= whole[-1].until:
            whole[-1] = Span(whole[-1].from_, max(whole[-1].until, span.until))
        elif span.from_ < span.until:
            whole.append(span)
    return whole


def missing(asked: Span, held: Sequence[Span]) -> list[Span]:
    """The parts of `asked` that no span of `held` covers, in order of time."""
    gaps = []
    reached = asked.from_
    for span in merged(held):
        if span.until <= reached:
            continue
        if span.from_ >= asked.until:
            break
        if span.from_ > reached:
            gaps.append(Span(reached, span.from_))
        reached = span.until
    if reached < asked.until:
        gaps.append(Span(reached, asked.until))
    return gaps


def touches(asked: Span, spans: Iterable[Span]) -> bool:
    """Whether some instant of `asked` is in one of the spans."""
    return any(span.from_ < asked.until and asked.from_ < span.until for span in spans)


def gaps_of_all(asked: Span, held: Sequence[Held]) -> list[Span]:
    """The parts of `asked` that some Twilio account does not hold, of those that hold anything at all.

    A Twilio account that was connected but never synced for a resource is not known to have any of it, so it makes no
    gap; once its first slice is here, all that it lacks is one.
    """
    accounts = sorted({one.twilio_account for one in held})
    if not accounts:
        return [asked]
    lacking = [missing(asked, [one.span for one in held if one.twilio_account == account]) for account in accounts]
    return merged(span for spans in lacking for span in spans)
