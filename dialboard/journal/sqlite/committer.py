"""The embedded journal: one SQLite file in WAL mode with synchronous=FULL, one thread that commits.

Every request that waits when a commit begins goes into it, so that one fsync serves all of them. A slow disk stops the
committer thread, never the event loop. The two threads hand over as seldom as can be, for the interpreter runs only one
of them at a time: the loop wakes the committer once in each of its turns.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from msgspec import Struct

from dialboard.errors import JournalUnavailable
from dialboard.journal.pace import Pace
from dialboard.journal.sqlite.file import connect, in_transaction, read_version
from dialboard.journal.sqlite.keep import Ledger, apply, forget_some, keep
from dialboard.shapes.event import Event, Grant, Receipt

log = logging.getLogger(__name__)

QUEUE_LIMIT = 10_000  # events waiting; about a second's worth, more would answer too late to be of use
BATCH_LIMIT = 1_000  # events a transaction
PROBE_S = 0.5  # how often a journal that cannot write tries again


class Forget(Struct, frozen=True):
    """Remove the next part of an account; the outcome is True while there is more."""

    account: str


Work = Event | Grant | Forget
Outcome = Receipt | bool | None
Future = asyncio.Future[Outcome]
Answer = tuple[Future, Outcome | JournalUnavailable]


class SqliteJournal:
    """Append from one event loop; the committer thread answers."""

    def __init__(self, path: str, queue_limit: int = QUEUE_LIMIT) -> None:
        self._path = path
        self._queue_limit = queue_limit
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Work, Future]] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._will_ring = False
        self._pace = Pace()
        self._ledger = Ledger()
        self._problem: str | None = None
        self._closed = False
        self._connection: sqlite3.Connection | None = connect(path)
        self._thread = threading.Thread(target=self._run, name="journal-committer", daemon=True)

    @classmethod
    async def open(cls, path: str, queue_limit: int = QUEUE_LIMIT) -> "SqliteJournal":
        try:
            journal = cls(path, queue_limit)
        except sqlite3.Error as error:
            raise JournalUnavailable(f"{path} cannot be opened: {error}.") from error
        journal._thread.start()
        return journal

    async def append(self, event: Event) -> Receipt:
        if len(self._waiting) >= self._queue_limit:
            raise JournalUnavailable("Too many events wait to be written; send this one again in a moment.")
        return await self._put(event)  # type: ignore[return-value]

    async def grant(self, grant: Grant) -> None:
        await self._put(grant)

    async def forget(self, account: str) -> None:
        while await self._put(Forget(account)):
            pass

    def can_append(self) -> bool:
        return self._problem is None and not self._closed and len(self._waiting) < self._queue_limit

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._bell.put(None)
        await asyncio.to_thread(self._thread.join)

    def _put(self, work: Work) -> Future:
        if self._closed:
            raise JournalUnavailable("Dialboard is stopping; send the event again in a moment.")
        future: Future = self._loop.create_future()
        self._waiting.append((work, future))
        if not self._will_ring:
            self._will_ring = True
            self._loop.call_soon(self._ring)
        return future

    def _ring(self) -> None:
        self._will_ring = False
        self._bell.put(None)

    # From here on: the committer thread.

    def _run(self) -> None:
        while not (self._closed and not self._waiting):
            self._await_work()
            self._await_company()
            batch = self._next_batch()
            if batch:
                outcomes = self._commit([work for work, _ in batch])
                self._answer([(future, outcome) for (_, future), outcome in zip(batch, outcomes, strict=True)])
            elif self._problem:
                self._probe()
        if self._connection:
            self._connection.close()

    def _await_work(self) -> None:
        """Returns at once when something waits; the bell may still ring for it later, for nothing."""
        if not self._waiting and not self._closed:
            with contextlib.suppress(Empty):
                self._bell.get(timeout=PROBE_S if self._problem else None)

    def _await_company(self) -> None:
        if self._waiting and not self._closed and (rest := self._pace.rest(len(self._waiting))):
            time.sleep(rest)

    def _next_batch(self) -> list[tuple[Work, Future]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_LIMIT))]

    def _commit(self, works: list[Work]) -> list[Outcome] | list[JournalUnavailable]:
        try:
            outcomes = self._transact(works)
        except sqlite3.Error as error:
            self._give_up(error)
            return [JournalUnavailable() for _ in works]
        except Exception:
            # Whatever it is, the senders get an answer and the thread lives on.
            log.exception("journal batch failed", extra={"action": "journal_batch_failed", "count": len(works)})
            self._reopen_next_time()
            return [JournalUnavailable() for _ in works]
        self._recovered()
        return outcomes

    def _transact(self, works: list[Work]) -> list[Outcome]:
        connection = self._connection = self._connection or connect(self._path)
        ledger, self._ledger = self._ledger, Ledger()  # void unless all goes well
        events = [work for work in works if type(work) is Event]
        if len(events) < len(works):
            return in_transaction(connection, lambda: _do(connection, works, events))
        try:
            receipts = keep(connection, events, ledger, look_up=False)
        except sqlite3.IntegrityError:
            # An event came twice under its own id. That is rare enough to find out by failing.
            ledger = Ledger()
            receipts = keep(connection, events, ledger, look_up=True)
        self._ledger = ledger
        return list(receipts)

    def _answer(self, answers: list[Answer]) -> None:
        try:
            self._loop.call_soon_threadsafe(_resolve, answers)
        except RuntimeError:
            log.warning("event loop closed before its journal", extra={"action": "journal_answers_lost"})

    def _probe(self) -> None:
        """A write that changes nothing: healthy again without waiting for an event, which may never come while a load
        balancer goes by /healthz."""
        try:
            connection = self._connection = self._connection or connect(self._path)
            in_transaction(connection, lambda: _touch(connection))
        except sqlite3.Error as error:
            self._give_up(error)
        else:
            self._recovered()

    def _give_up(self, error: sqlite3.Error) -> None:
        if self._problem is None:
            log.error("journal cannot write: %s", error, extra={"action": "journal_unavailable"})
        self._problem = str(error)
        self._reopen_next_time()

    def _recovered(self) -> None:
        if self._problem is not None:
            log.info("journal writes again", extra={"action": "journal_recovered"})
        self._problem = None

    def _reopen_next_time(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _do(connection: sqlite3.Connection, works: list[Work], events: list[Event]) -> list[Outcome]:
    """The outcome of each. Grants go first: somebody may already wait for the tokens."""
    for work in works:
        if type(work) is Grant:
            apply(connection, work)
    receipts = iter(keep(connection, events, Ledger(), look_up=True))
    return [_outcome(connection, work, receipts) for work in works]


def _outcome(connection: sqlite3.Connection, work: Work, receipts: Iterator[Receipt]) -> Outcome:
    if type(work) is Event:
        return next(receipts)
    return forget_some(connection, work.account) if type(work) is Forget else None


def _touch(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA user_version = {read_version(connection)}")


def _resolve(answers: list[Answer]) -> None:
    for future, outcome in answers:
        if future.done():  # the sender went away
            continue
        if isinstance(outcome, JournalUnavailable):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
