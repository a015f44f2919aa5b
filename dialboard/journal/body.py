"""An event as the bytes that are kept, and back."""

from datetime import UTC, datetime

import msgspec

from dialboard.journal.door import Entry
from dialboard.shapes.event import Event

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entry(sequence: int, body: bytes) -> Entry:
    """The event that these bytes are, at its number."""
    return Entry(sequence, _decode(body))


def micros(moment: datetime) -> int:
    """Microseconds since 1970. Whole-number arithmetic: a float would lose the last digit."""
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
