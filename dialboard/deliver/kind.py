"""What a kind of destination has to say. Retries, limits, waiting and the record are the lane's duty, not its."""

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from dialboard.shapes.delivery import Destination, Reason
from dialboard.shapes.event import Event


class Setting(Struct, frozen=True):
    """One line of a destination's form, in `Destination.settings` under its name."""

    name: str
    title: str
    hint: str
    required: bool = True


class Request(Struct, frozen=True, kw_only=True):
    """A POST that carries one event. Secrets may be in `query`, `headers` and `body`, never in `url`."""

    url: str
    body: bytes
    query: dict[str, str] = {}
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Request({self.url})"


class Undeliverable(Struct, frozen=True):
    """The event cannot be said in the destination's terms, and never will be."""

    reason: Reason
    detail: str


class DestinationKind(Protocol):
    """A file in `deliver/to/`: copy the nearest one and add a line to its table."""

    name: str  # "google-analytics": in commands, settings and the database
    title: str  # for people
    settings: tuple[Setting, ...]
    secret: Setting | None  # what Destination.secret is; None: it has none
    deadline: timedelta  # how old an event may be when it is delivered

    def check(self, destination: Destination) -> None:
        """UsageError names the setting that is off, and the cure. Nothing is sent."""

    def knows(self, destination: Destination, gaid: str) -> bool:
        """Whether the sender's `gaid` names this destination directly, besides its alias."""

    def place(self, destination: Destination) -> str:
        """What it fills, whatever leads there: an event that came to the same place twice would count twice."""

    def request(self, destination: Destination, event: Event, now: datetime) -> Request | Undeliverable:
        """The same event gives the same request, however often and whenever it is built."""

    def explain(self, status: int, body: bytes) -> str:
        """A sentence for people about an answer that is not 2xx: what it means here, and the cure."""
