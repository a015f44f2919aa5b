"""Joins Twilio, the typed rows and the store: what a connection lacks is fetched, typed and kept.

lock     one sync of a connection at a time, whoever asked for it
plan     what is missing, and what may have changed since it was read
log      a line that a person can read, with what was read so far, so that a killed sync is resumed
pull     pages become rows; a page and the span held because of it are written together
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from dialboard.config import Config
from dialboard.errors import BadCredentials, DialboardError, UsageError
from dialboard.extract import typed
from dialboard.run import locks, sync_log
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Batch, Span
from dialboard.store import Store, open_store
from dialboard.sync import plan
from dialboard.sync.pace import Pace, Paces
from dialboard.sync.pull import Progress, pull
from dialboard.twilio.client import Client
from dialboard.twilio.page import Page
from dialboard.twilio.resources import RESOURCES

log = logging.getLogger(__name__)

T = TypeVar("T")

LOCK_WAIT_S = 3600.0  # a person at a terminal waits for the sync that runs already
Told = Callable[[Resource, Progress], None]


@dataclass
class Wish:
    """What to have afterwards. `often`: this is one of many, so what was read within the hour is not read again."""

    resources: Sequence[Resource] = field(default_factory=lambda: list(RESOURCES.values()))
    since: datetime | None = None
    until: datetime | None = None
    often: bool = False


def sync(
    config: Config,
    connection: Any,
    resources: Sequence[Resource],
    between: tuple[datetime | None, datetime | None],
    told: Told | None = None,
) -> dict[str, Progress]:
    """Fetches and returns once the range is held and can be queried; by resource what was read. Blocks.

    Raises what Twilio or the store refused, as a DialboardError.
    """
    wish = Wish(resources, *between)
    store = open_store(config.store)
    try:
        with lock_of(config, connection.pk, wait_s=LOCK_WAIT_S):
            pace = Paces(locks.folder(config.data)).of(connection.account_sid)
            return asyncio.run(Syncing(store, connection, pace).run(wish, told))
    finally:
        store.close()


def lock_of(config: Config, connection: str, *, wait_s: float = 0) -> AbstractContextManager[object]:
    """One sync of a connection at a time. Raises DataFolderError when another has it still after `wait_s`."""
    path = locks.folder(config.data) / f"sync-{connection}.lock"
    return locks.held(path, "a sync", wait_s=wait_s, holder=f"The connection {connection} is being synced already by")


class Syncing:
    """One run over a connection's resources, side by side; the pace is the Twilio account's."""

    def __init__(self, store: Store, connection: Any, pace: Pace) -> None:
        self._store = store
        self._connection = connection
        self._pace = pace
        # One thread for the two databases, which block: pages are written in the order in which they came.
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="sync")

    async def run(self, wish: Wish, told: Told | None = None, now: datetime | None = None) -> dict[str, Progress]:
        from dialboard.control import connections

        now = now or datetime.now(UTC)
        try:
            account = await self._by_hand(connections.twilio_account, self._connection)
            async with Client(account, gate=self._pace) as client:
                pulls = [_Pull(self, client, resource, wish, now, told) for resource in wish.resources]
                results = await asyncio.gather(*(one.run() for one in pulls), return_exceptions=True)
            await self._note(results)
        finally:
            await self._by_hand(_close_database)
            self._hands.shutdown()
        return {one.resource.name: one.progress for one in pulls}

    async def _note(self, results: Sequence[object]) -> None:
        """Raises the first error, one about the key before the others, after the connection has a note of it."""
        from dialboard.control import connections

        errors = [result for result in results if isinstance(result, BaseException)]
        errors.sort(key=lambda error: not isinstance(error, BadCredentials))
        sentence = errors[0].sentence if errors and isinstance(errors[0], DialboardError) else ""
        if sentence or not errors:
            await self._by_hand(connections.note_problem, self._connection, sentence)
        if errors:
            raise errors[0]

    async def _by_hand(self, call: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hands, partial(call, *arguments, **named))


class _Pull:
    """One resource of the run."""

    def __init__(
        self, syncing: Syncing, client: Client, resource: Resource, wish: Wish, now: datetime, told: Told | None
    ) -> None:
        self.resource = resource
        self.progress = Progress()
        self._client, self._wish, self._now, self._told = client, wish, now, told
        self._store, self._pace, self._connection = syncing._store, syncing._pace, syncing._connection
        self._by_hand = syncing._by_hand
        self._report = typed.Report()

    async def run(self) -> None:
        try:
            span = plan.asked(self.resource, self._now, self._wish.since, self._wish.until)
        except UsageError:
            if self._wish.since or self._wish.until:
                raise
            return
        line = await self._by_hand(self._begin, span)
        problem = "It was stopped before its end; the next one goes on from there."
        try:
            slices = await self._by_hand(self._slices, span, line)
            await pull(self._client, self.resource, slices, partial(self._put, line), progress=self.progress)
            problem = ""
        except DialboardError as error:
            problem = error.sentence
            raise
        finally:
            await self._by_hand(line.end, self.progress, self._pace.waits, problem)

    def _begin(self, span: Span) -> "sync_log.Line":
        return sync_log.begin(self._connection, self.resource, span, often=self._wish.often, now=self._now)

    def _slices(self, span: Span, line: "sync_log.Line") -> list[Span]:
        self._store.prepare([self.resource])
        held = self._store.held(self._connection.account_id, self.resource.name, self._connection.account_sid)
        return plan.slices(self.resource, span, [one.span for one in held], line.settled, fresh=line.fresh)

    async def _put(self, line: "sync_log.Line", page: Page, held: Span | None) -> None:
        await self._by_hand(self._write, line, page, held)
        if self._told:
            self._told(self.resource, self.progress)

    def _write(self, line: "sync_log.Line", page: Page, held: Span | None) -> None:
        """The rows with what is held, then what was read; in between a kill costs reading the page again."""
        batch = Batch(
            account=self._connection.account_id,
            twilio_account=self._connection.account_sid,
            resource=self.resource.name,
            rows=typed.rows(self.resource, page.records, self._connection.keep_bodies, self._report),
            held=held,
        )
        self._store.put(batch)
        line.note(held, self.progress, len(page.records), self._pace.waits)


def _close_database() -> None:
    """The thread ends, and its connection to the control database with it."""
    from django.db import connections

    connections.close_all()
