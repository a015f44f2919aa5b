"""The writing side on PostgreSQL: everything that waits goes into one call, one round trip, one commit.

Several processes may write. Within one process there is one connection and one batch at a time; what arrives meanwhile
is the next batch.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from dialboard.errors import JournalUnavailable
from dialboard.journal.body import encode
from dialboard.journal.pace import Pace
from dialboard.journal.postgres.database import CONNECT_TIMEOUT_S, away
from dialboard.shapes.event import Event, Grant, Kept, NoTokens, Receipt, Repeat

log = logging.getLogger(__name__)

QUEUE_LIMIT = 10_000  # events waiting; about a second's worth, more would answer too late to be of use
BATCH_LIMIT = 1_000  # events a transaction
COMMAND_TIMEOUT_S = 20  # a database that hangs is a database that is away
RECONNECT_S = 0.5

_APPEND = "SELECT journal.append($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bytea[])"

Waiting = tuple[Event, "asyncio.Future[Receipt]"]


class PostgresJournal:
    def __init__(self, url: str, queue_limit: int = QUEUE_LIMIT) -> None:
        self._url = url
        self._queue_limit = queue_limit
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting] = []
        self._something_waits = asyncio.Event()
        self._pace = Pace()
        self._connection: Any = None  # an asyncpg.Connection, or None while the database is away
        self._closed = False
        self._committer: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, queue_limit: int = QUEUE_LIMIT) -> "PostgresJournal":
        journal = cls(url, queue_limit)
        await journal._connect()
        journal._committer = asyncio.create_task(journal._run(), name="journal-committer")
        return journal

    async def append(self, event: Event) -> Receipt:
        if len(self._waiting) >= self._queue_limit:
            raise JournalUnavailable("Too many events wait to be written; send this one again in a moment.")
        if not self.can_append():
            raise JournalUnavailable()
        future: asyncio.Future[Receipt] = self._loop.create_future()
        self._waiting.append((event, future))
        self._something_waits.set()
        return await future

    async def grant(self, grant: Grant) -> None:
        await self._aside("SELECT journal.apply_grant($1, $2, $3)", grant.id, grant.account, grant.tokens)

    async def forget(self, account: str) -> None:
        await self._aside("SELECT journal.forget($1)", account)

    def can_append(self) -> bool:
        connected = self._connection is not None and not self._connection.is_closed()
        return connected and not self._closed and len(self._waiting) < self._queue_limit

    async def close(self) -> None:
        self._closed = True
        self._something_waits.set()
        if self._committer is not None:
            await self._committer
        if self._connection is not None:
            await self._connection.close()

    async def _aside(self, sql: str, *values: object) -> None:
        """Grants and farewells are rare and go by a connection of their own: no batch waits for them."""
        try:
            connection = await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_S)
            try:
                await connection.execute(sql, *values)
            finally:
                await connection.close()
        except Exception as error:
            raise away(error) from error

    async def _run(self) -> None:
        while not (self._closed and not self._waiting):
            if self._connection is None or self._connection.is_closed():
                await self._reconnect()
            elif self._waiting:
                if not self._closed and (rest := self._pace.rest(len(self._waiting))):
                    await asyncio.sleep(rest)
                batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
                await self._commit(batch)
            else:
                self._something_waits.clear()
                await self._something_waits.wait()

    async def _commit(self, batch: list[Waiting]) -> None:
        try:
            receipts = await self._keep([event for event, _ in batch])
        except Exception as error:
            # Everything, for the committer has to live on: a connection that breaks in mid-call raises more kinds of
            # errors than asyncpg documents (InternalClientError among them). A fresh connection mends them all.
            log.error("journal cannot write: %s", type(error).__name__, extra={"action": "journal_unavailable"})
            self._fail(batch)
            self._hang_up()
            return
        for (_, future), receipt in zip(batch, receipts, strict=True):
            if not future.done():  # the sender went away
                future.set_result(receipt)

    async def _keep(self, events: Sequence[Event]) -> list[Receipt]:
        """One receipt an event."""
        numbers = await self._connection.fetchval(
            _APPEND,
            [event.account for event in events],
            [event.key for event in events],
            [event.id for event in events],
            [event.received_at for event in events],
            [encode(event) for event in events],
        )
        return [_receipt(number) for number in numbers]

    def _fail(self, batch: list[Waiting]) -> None:
        """Without the reason: the sender reads this, and the driver's words hold the server's address."""
        for _, future in batch:
            if not future.done():
                future.set_exception(JournalUnavailable())

    async def _connect(self) -> None:
        try:
            self._connection = await asyncpg.connect(
                self._url, timeout=CONNECT_TIMEOUT_S, command_timeout=COMMAND_TIMEOUT_S
            )
        except Exception as error:
            raise away(error) from error
        # Wakes the committer to connect again also while nothing waits: without a connection nothing is let in to wait.
        self._connection.add_termination_listener(lambda _: self._something_waits.set())

    async def _reconnect(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._fail(waiting)
        try:
            await self._connect()
            log.info("journal writes again", extra={"action": "journal_recovered"})
        except JournalUnavailable:
            await asyncio.sleep(RECONNECT_S)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _receipt(number: int) -> Receipt:
    if number > 0:
        return Kept(number)
    return Repeat(-number) if number else NoTokens()
