"""Spans of which everything is held."""

from collections.abc import Iterable

from dialboard.errors import StoreError
from dialboard.shapes.question import Held
from dialboard.shapes.row import Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, in order: those that overlap or touch become one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.from_ <= found[-1].until:
            found[-1] = Span(found[-1].from_, max(found[-1].until, span.until))
        else:
            found.append(span)
    return found


def merged_held(lines: Iterable[tuple[str, Span]]) -> list[Held]:
    """Spans with their Twilio account, merged for each, in order of time."""
    accounts: dict[str, list[Span]] = {}
    for twilio_account, span in lines:
        accounts.setdefault(twilio_account, []).append(span)
    held = [Held(name, span) for name, spans in accounts.items() for span in merged(spans)]
    return sorted(held, key=lambda each: (each.span, each.twilio_account))


def checked(span: Span) -> Span:
    """The span; StoreError when it is upside down or its times have no zone."""
    if span.from_.tzinfo is None or span.until.tzinfo is None:
        raise StoreError("A held span needs times with their zone.")
    if span.until <= span.from_:
        raise StoreError(f"A held span must end after it begins: {span.from_} to {span.until}.")
    return span
