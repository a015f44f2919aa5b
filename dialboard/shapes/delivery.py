"""Where events go, and what became of each."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    UNCERTAIN = "uncertain"  # it was sent and no answer came: it may or may not have arrived; may be tried again
    DEAD = "dead"


class Reason(StrEnum):
    """Why a delivery is dead, or why it waits longer than it should. The list is closed."""

    REFUSED = "refused"  # 4xx: our bug or the settings
    TOO_OLD = "too_old"  # the destination no longer takes events of that age
    GAVE_UP = "gave_up"  # transient failures until the deadline
    INVALID = "invalid"  # the event cannot be said in the destination's terms
    UNREACHABLE = "unreachable"  # connection refused, DNS, TLS
    SERVER_ERROR = "server_error"  # 5xx, 429
    NO_ANSWER = "no_answer"  # timeout or reset after the body was sent


class Destination(Struct, frozen=True, kw_only=True):
    """A destination with all that its lane needs; the secret is in the clear and never in a repr."""

    id: str  # dst_...
    account: str
    kind: str  # "google-analytics"
    name: str
    alias: str | None  # "UA-12345-1"; None takes every event
    settings: dict[str, str]  # "measurement_id", "endpoint"
    secret: str = ""
    visitor_key: str = ""  # the account's secret from which ids of visitors are made; theirs never leave us
    at_most_once: bool = False  # rather lose an event than risk that it is counted twice
    private_address_allowed: bool = False  # the operator gave the address on the command line
    since: int = 0  # deliver events after this number of the journal

    def __repr__(self) -> str:
        return f"Destination({self.id}, {self.kind}, {self.name!r}, alias={self.alias!r})"


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one destination; unique by (sequence, destination)."""

    account: str
    destination: str
    sequence: int
    event: str  # evt_...
    state: State
    attempts: int
    updated_at: datetime
    next_try_at: datetime | None = None  # None: nothing more will be done
    reason: Reason | None = None
    detail: str = ""  # a sentence for people; never a secret, never a query string
