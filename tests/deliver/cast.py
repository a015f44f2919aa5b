"""The people, events and destinations of the tests of this room, and a journal in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from dialboard.shapes.delivery import Destination
from dialboard.shapes.event import Event

ALICE = "acc_alice"
BOB = "acc_bob"
SECRET = "s3cret-of-the-stream"
NOON = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)


def an_event(number: int = 1, **changes: Any) -> Event:
    """A call as the reference client of 2011 reports it."""
    values: dict[str, Any] = {
        "id": f"evt_{number}",
        "account": ALICE,
        "key": f"evt_{number}",
        "received_at": datetime.now(UTC),
        "gaid": "UA-12345-1",
        "zip": "55401",
        "hostname": "phone.example.com",
        "path": "/ivr/welcome",
        "visitor_id": f"CA{number:032x}",
        "campaign_name": "+16125550100",
        "campaign_source": "Twilio",
        "campaign_medium": "Phone",
        "city": "MINNEAPOLIS",
        "state": "MN",
        "country": "US",
    }
    return Event(**values | changes)


def a_destination(name: str = "dst_a", endpoint: str = "", **changes: Any) -> Destination:
    values: dict[str, Any] = {
        "id": name,
        "account": ALICE,
        "kind": "google-analytics",
        "name": name,
        "alias": "UA-12345-1",
        "settings": {"measurement_id": "G-" + name.upper().replace("_", ""), "endpoint": endpoint},
        "secret": SECRET,
        "visitor_key": "the key of Alice",
        "private_address_allowed": True,
    }
    return Destination(**values | changes)


class Entry(Struct, frozen=True):
    sequence: int
    event: Event


class Journal:
    """Reads like the journal's reader: by number, oldest first."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.entries: list[Entry] = []
        for event in events:
            self.append(event)

    def append(self, event: Event) -> int:
        number = self.entries[-1].sequence + 1 if self.entries else 1
        self.entries.append(Entry(number, event))
        return number

    def read(self, after: int, limit: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.sequence > after][:limit]
