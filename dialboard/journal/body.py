"""An event as the bytes that are kept, and back.

They are an array of the fields' values: of a usual event 219 bytes, and 371 with the fields' names, as the first
Dialboards kept them.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from dialboard.journal.door import Entry
from dialboard.shapes.event import Event

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode
_decode_named = msgspec.msgpack.Decoder(dict[str, Any]).decode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entry(sequence: int, body: bytes) -> Entry:
    """The event that these bytes are, at its number."""
    return Entry(sequence, Event(**_decode_named(body)) if _is_named(body) else _decode(body))


def _is_named(body: bytes) -> bool:
    """MessagePack begins a map with 0x80 to 0x8f, 0xde or 0xdf, an array with 0x90 to 0x9f, 0xdc or 0xdd."""
    return body[0] < 0x90 or body[0] in (0xDE, 0xDF)


def micros(moment: datetime) -> int:
    """Microseconds since 1970. Whole-number arithmetic: a float would lose the last digit."""
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
