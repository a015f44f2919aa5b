"""One destination's queue: its own workers, connections and breaker, so that no destination can slow another."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from dialboard.deliver import verdict as verdicts
from dialboard.deliver.kind import DestinationKind, Request, Undeliverable
from dialboard.deliver.ledger import Ledger
from dialboard.deliver.pace import Breaker, Pace
from dialboard.deliver.statements import Key
from dialboard.deliver.verdict import Outcome, Terms, Verdict
from dialboard.errors import DialboardError
from dialboard.outbound.http import AsyncClient, Limits
from dialboard.shapes.delivery import Delivery, Destination, Reason
from dialboard.shapes.event import Event

_log = logging.getLogger(__name__)

# Collectors answer in well under a second with next to nothing: a longer answer is cut, a slower one is no answer.
_LIMITS = Limits(connect_timeout_s=5.0, read_timeout_s=10.0, total_timeout_s=20.0, max_bytes=65_536)


class Item(Struct, frozen=True):
    delivery: Delivery
    event: Event

    @property
    def key(self) -> Key:
        return (self.delivery.destination, self.delivery.sequence)


class Lane:
    """Lives in an asyncio loop; `room`, `in_hand` and `give` are for the one thread that feeds it."""

    def __init__(
        self,
        destination: Destination,
        kind: DestinationKind,
        ledger: Ledger,
        pace: Pace,
        now: Callable[[], datetime],
        on_done: Callable[[], None],
        limits: Limits | None = None,
    ) -> None:
        self.destination = destination
        self.kind = kind
        self.in_hand: set[Key] = set()
        self.is_stopping = False
        self._ledger = ledger
        self._pace = pace
        self._now = now
        self._on_done = on_done
        self._limits = limits or _LIMITS
        self._loop = asyncio.get_running_loop()
        self._breaker = Breaker(pace)
        self._workers = asyncio.Semaphore(pace.workers)
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_the_wire: set[asyncio.Task[None]] = set()
        self._client: AsyncClient | None = None
        self._client_private = False

    def room(self) -> int:
        """How many deliveries it wants now: none while it pauses, one when the pause is over."""
        if self.is_stopping:
            return 0
        if self._breaker.is_open:
            return int(not self.in_hand and self._breaker.may_probe(time.monotonic()))
        return self._pace.queue - len(self.in_hand)

    def give(self, items: list[Item]) -> None:
        """Takes them on. What it does not get to, because it stops or pauses, stays in the record as it was."""
        self.in_hand.update(item.key for item in items)
        is_probe = self._breaker.is_open
        self._loop.call_soon_threadsafe(self._start, items, is_probe)

    async def stop(self) -> None:
        """Starts nothing more and ends; what is under way after the grace is broken off, and uncertain."""
        self.is_stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._pace.grace_s)
        for task in self._on_the_wire:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client:
            await self._client.close()

    def _start(self, items: list[Item], is_probe: bool) -> None:
        for item in items:
            task = self._loop.create_task(self._take(item, is_probe))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, item: Item, is_probe: bool) -> None:
        try:
            async with self._workers:
                if not self.is_stopping and (is_probe or not self._breaker.is_open):
                    await self._deliver(item)
        except Exception:  # the top of the lane: one bad delivery must not end it
            _log.exception("A delivery failed", extra={"destination": item.key[0], "sequence": item.key[1]})
            await self._settle(item, Verdict(Outcome.AGAIN, Reason.SERVER_ERROR, "Dialboard failed: see its log."))
        finally:
            self.in_hand.discard(item.key)
            self._on_done()

    async def _deliver(self, item: Item) -> None:
        if self._now() - item.event.received_at >= self.kind.deadline:
            return await self._settle(item, verdicts.of_age(item.delivery, self.kind.deadline), tried=False)
        request = self.kind.request(self.destination, item.event, self._now())
        if isinstance(request, Undeliverable):
            return await self._settle(item, verdicts.of_event(request), tried=False)
        await self._ledger.sending(item.key)
        verdict = await self._send(request)
        self._note(verdict)
        await self._settle(item, verdict)

    async def _send(self, request: Request) -> Verdict:
        task = asyncio.current_task()
        assert task
        self._on_the_wire.add(task)
        try:
            answer = await self._door().post(
                request.url, request.body, query=request.query, headers=request.headers, cut=True
            )
            return verdicts.of_answer(self.kind, answer)
        except DialboardError as error:
            return verdicts.of_problem(error)
        finally:
            self._on_the_wire.discard(task)

    def _note(self, verdict: Verdict) -> None:
        if not verdict.is_failure:
            self._breaker.succeeded()
        elif self._breaker.failed(time.monotonic(), verdict.wait_s):
            _log.warning("A destination is paused", extra={"destination": self.destination.id, "why": verdict.detail})

    async def _settle(self, item: Item, verdict: Verdict, *, tried: bool = True) -> None:
        terms = Terms(self._pace, self.destination.at_most_once, self.kind.deadline)
        at = item.event.received_at
        await self._ledger.settle(verdicts.result(verdict, item.delivery, at, terms, self._now(), tried=tried))

    def _door(self) -> AsyncClient:
        private = self.destination.private_address_allowed
        if self._client is None or self._client_private != private:
            limits = msgspec.structs.replace(self._limits, max_connections=self._pace.workers)
            self._client, self._client_private = AsyncClient(allow_private=private, limits=limits), private
        return self._client
