"""What a journal can do, whichever database holds it."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from dialboard.shapes.event import Event, Grant, Receipt


class Entry(Struct, frozen=True):
    """An event at its number of the journal."""

    sequence: int
    event: Event


class Balance(Struct, frozen=True):
    """How many tokens are left; `unmetered` accounts are never refused. granted - debited = tokens, always."""

    tokens: int
    unmetered: bool
    granted: int
    debited: int


class Journal(Protocol):
    """The writing side. One process holds it (SQLite), or several (PostgreSQL)."""

    async def append(self, event: Event) -> Receipt:
        """Kept or Repeat once the event is durable (fsynced, its token debited in the same transaction); NoTokens when
        the balance does not cover it. Raises JournalUnavailable when it could not be made durable."""

    async def grant(self, grant: Grant) -> None:
        """Applies the grant once, by its id; durable when it returns."""

    async def forget(self, account: str) -> None:
        """Removes the account's events and balance (a sample account, a closed account)."""

    def can_append(self) -> bool:
        """False while appending would fail or wait too long: disk full, queue full, database away."""

    async def close(self) -> None:
        """Commits what waits and closes."""


class Reader(Protocol):
    """The reading side: any number, in any process."""

    def read(self, after: int, limit: int) -> list[Entry]:
        """The entries with a higher number, oldest first; never past the oldest writing transaction still open."""

    def last(self) -> int:
        """The highest number there is, also where `read` does not give it yet; 0 for an empty journal. Cheap."""

    def latest(self, account: str, limit: int | None = None, before: int | None = None) -> list[Entry]:
        """The account's entries, newest first."""

    def find(self, account: str, event_id: str) -> Entry | None:
        """None when the account has no such event."""

    def balance(self, account: str) -> Balance:
        """All zero for an account that was never granted anything."""

    def is_granted(self, grant_id: str) -> bool:
        """Whether that grant was applied."""

    def count(self, account: str, since: datetime | None = None) -> int:
        """How many events the account has (received at or after `since`), counted one by one. The number of all of them
        is the balance's `debited` too, which costs nothing."""

    def close(self) -> None: ...
