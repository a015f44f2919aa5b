"""What a sender told us about one call or message, and the snapshot of who may tell us."""

import re
from datetime import datetime

from msgspec import Struct

# UA-12345-1 names a Universal Analytics property, G-ABC123 the measurement id of a GA4 stream.
GAID = re.compile(r"UA-[0-9]+-[0-9]+|G-[A-Z0-9]+", re.IGNORECASE | re.ASCII)


class Event(Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One request to the tracker, as it was kept. Immutable.

    The texts are as they were sent. None: the sender did not send it; "": it sent it empty (Twilio sends an empty
    zip where it knows none).

    The journal keeps it as an array, in the order of the fields: a new field goes to the end and has a default.
    """

    id: str  # evt_...
    account: str  # acc_...
    key: str  # unique in the account: the sender's idempotency key, else the id
    received_at: datetime  # UTC, aware
    gaid: str  # UA-12345-1 (an alias) or G-XXXX
    zip: str
    hostname: str
    path: str
    visitor_id: str  # a CallSid, MessageSid or whatever names the visitor
    campaign_name: str
    campaign_source: str
    campaign_medium: str
    title: str | None = None
    referrer: str | None = None
    user_agent: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


class Kept(Struct, frozen=True, gc=False):
    """The event is durable at this number of the journal and its token is debited."""

    sequence: int


class Repeat(Struct, frozen=True):
    """This event key was kept before, at this number; nothing was debited."""

    sequence: int


class NoTokens(Struct, frozen=True):
    """The balance does not cover it; nothing was kept."""


Receipt = Kept | Repeat | NoTokens


class Sender(Struct, frozen=True):
    """A credential as the collector needs it. `token_hash` is the SHA-256 of the auth token, 32 bytes."""

    account: str
    token_hash: bytes


class Grant(Struct, frozen=True):
    """Tokens given to an account. `tokens` None makes the account unmetered. Applied once, by its id."""

    id: str  # grt_...
    account: str
    tokens: int | None


class Snapshot(Struct, frozen=True):
    """What people decided that the collector has to know, numbered: a higher number is newer."""

    number: int
    senders: dict[str, Sender]  # by auth id
