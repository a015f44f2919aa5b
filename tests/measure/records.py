"""Records as they come, with all that a test does not say filled in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dialboard.extract.typed import event_row, rows
from dialboard.shapes.event import Event
from dialboard.shapes.row import Batch, Row, Span
from dialboard.twilio.resources import RESOURCES

ALICE = "acc_alice"
TWILIO_ACCOUNT = "AC00000000000000000000000000000001"

_BASE: dict[str, dict[str, Any]] = {
    "calls": {
        "from": "+14155550199",
        "to": "+14155550100",
        "duration": "0",
        "price": None,
        "price_unit": "USD",
        "date_created": "Sun, 01 Nov 2026 00:00:00 +0000",
    },
    "messages": {
        "from": "+14155550100",
        "to": "+14155550199",
        "body": "Hello",
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "date_created": "Sun, 01 Nov 2026 00:00:00 +0000",
    },
    "usage_daily": {"account_sid": TWILIO_ACCOUNT, "count": "1", "usage": "1"},
}


def typed(resource: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
    if resource == "events":
        return [event_row(number, event(number, **record)) for number, record in enumerate(records, 1)]
    found = rows(RESOURCES[resource], [{**_BASE[resource], **record} for record in records])
    assert len(found) == len(records), "a record was refused"
    return found


def event(number: int, *, received_at: str, **told: Any) -> Event:
    blank = {"gaid": "UA-12345-1", "zip": "", "hostname": "www.example.com", "path": "/voice"}
    return Event(
        id=f"evt_{number:016}",
        account=ALICE,
        key=f"evt_{number:016}",
        received_at=datetime.fromisoformat(received_at),
        **{**blank, **told},
    )


def batch(
    resource: str,
    records: Sequence[Mapping[str, Any]],
    held: Span | None,
    twilio_account: str = TWILIO_ACCOUNT,
    account: str = ALICE,
) -> Batch:
    holder = "" if resource == "events" else twilio_account
    return Batch(account=account, twilio_account=holder, resource=resource, rows=typed(resource, records), held=held)


def call(sid: str, start: str, **more: Any) -> dict[str, Any]:
    """An inbound call that was completed, at `2026-11-01T10:00` UTC."""
    return {"sid": sid, "status": "completed", "direction": "inbound", "start_time": rfc2822(start), **more}


def rfc2822(text: str) -> str:
    return at(text).strftime("%a, %d %b %Y %H:%M:%S +0000")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(from_: str, until: str) -> Span:
    return Span(at(from_), at(until))
