"""The delivering process: reads the journal on, routes each event, keeps a lane for each destination fed.

The thread that calls `run` reads the journal, the destinations and the record, one turn after another; the lanes live
in an asyncio loop in a thread of their own. So neither a slow database nor a slow destination holds up the lanes of the
others, and the given functions may block and may use Django.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import uvloop

from dialboard.deliver.events import Events, Reader
from dialboard.deliver.lane import Item, Lane
from dialboard.deliver.ledger import Ledger
from dialboard.deliver.outcomes import Outcomes
from dialboard.deliver.pace import Pace
from dialboard.deliver.route import Takes, route
from dialboard.deliver.statements import New, Result
from dialboard.deliver.to import KINDS
from dialboard.errors import DialboardError
from dialboard.outbound.http import Limits
from dialboard.shapes.delivery import Delivery, Destination, Reason, State

T = TypeVar("T")

_log = logging.getLogger(__name__)

_BATCH = 500  # entries of the journal a turn
_RETRY_S = 1.0  # after a turn that failed
_EXPIRE_EVERY_S = 60.0
_PRUNE_EVERY_S = 3600.0
_PRUNE_BATCH = 1_000  # deliveries a turn: each batch holds the database for some milliseconds


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Delivering:
    """`destinations` gives the enabled ones of all accounts; it is asked again before every entry is routed, so that an
    event told after a destination was added reaches it, and at least once a second. `keep` is how long the record holds
    what is delivered or dead; None is for ever."""

    def __init__(
        self,
        reader: Reader,
        outcomes: Outcomes,
        destinations: Callable[[], list[Destination]],
        *,
        takes: Takes | None = None,
        pace: Pace | None = None,
        limits: Limits | None = None,
        now: Callable[[], datetime] = _utc_now,
        consumer: str = "delivering",
        keep: timedelta | None = None,
    ) -> None:
        self._events = Events(reader)
        self._outcomes = outcomes
        self._ask_destinations = destinations
        self._takes = takes
        self._pace = pace or Pace()
        self._limits = limits
        self._now = now
        self._consumer = consumer
        self._keep = keep
        self._cursor: int | None = None
        self._destinations: list[Destination] = []
        self._asked_at = float("-inf")
        self._lanes: dict[str, Lane] = {}
        self._look_at: dict[str, float] = {}  # monotonic: when to ask the record again for a lane
        self._expire_at: dict[str, float] = {}
        self._unknown_kinds: set[str] = set()
        self._prune_at = 0.0
        self._to_prune: list[str] = []
        self._wake = threading.Event()

    def run(self, stop: threading.Event, poll_s: float = 0.1) -> None:
        """Until `stop` is set. Waits while another process delivers; after a failed turn it logs and goes on."""
        while not stop.is_set() and not self._outcomes.claim():
            stop.wait(poll_s)
        if stop.is_set():
            return
        with self._running():
            while not stop.is_set():
                self._wake.clear()
                if not self._safe_turn():
                    self._wake.wait(poll_s)

    def _safe_turn(self) -> bool:
        try:
            return self._turn()
        except DialboardError as error:  # a database that is away, usually
            _log.warning("Delivering failed and goes on", extra={"problem": error.sentence})
            time.sleep(_RETRY_S)
            return False
        except Exception:  # the top of the loop: whatever it is, the next turn may find it gone
            _log.exception("Delivering failed and goes on")
            time.sleep(_RETRY_S)
            return False

    def _turn(self) -> bool:
        """Whether there was something to do. A lane that had nothing due is left alone for a moment."""
        entries = self._absorb()
        self._keep_lanes()
        given = [self._feed(lane) for lane in list(self._lanes.values()) if self._is_time(lane)]
        self._prune()
        return entries or any(given)

    def _absorb(self) -> bool:
        if self._cursor is None:
            self._start()
        assert self._cursor is not None
        entries = self._events.after(self._cursor, _BATCH)
        if entries or time.monotonic() - self._asked_at > 1.0:  # after reading, never before: see the class
            self._destinations = self._ask_destinations()
            self._asked_at = time.monotonic()
        if not entries:
            return False
        new = [
            New(
                account=entry.event.account,
                destination=destination.id,
                sequence=entry.sequence,
                event=entry.event.id,
                received_at=entry.event.received_at,
            )
            for entry in entries
            for destination in route(entry.event, self._destinations, self._takes)
            if entry.sequence > destination.since
        ]
        self._outcomes.admit(new, self._now(), cursor=(self._consumer, entries[-1].sequence))
        self._cursor = entries[-1].sequence
        for one in new:
            self._look_at[one.destination] = 0.0
        return True

    def _start(self) -> None:
        self._destinations = self._ask_destinations()
        rather_lost = {one.id for one in self._destinations if one.at_most_once}
        if count := self._outcomes.recover(self._now(), rather_lost.__contains__):
            _log.warning("Deliveries were under way when the program ended", extra={"count": count})
        self._cursor = self._outcomes.cursor(self._consumer)

    def _keep_lanes(self) -> None:
        wanted = {one.id: one for one in self._destinations if self._is_known(one)}
        for name, destination in wanted.items():
            if name in self._lanes:
                self._lanes[name].destination = destination
                self._lanes[name].is_stopping = False
            else:
                self._lanes[name] = self._in_loop(self._new_lane(destination))
        for name in self._lanes.keys() - wanted.keys():
            lane = self._lanes[name]
            lane.is_stopping = True
            if not lane.in_hand:  # not before: under two lanes a delivery could leave twice
                del self._lanes[name]
                self._in_loop(lane.stop())

    def _is_known(self, destination: Destination) -> bool:
        if destination.kind in KINDS:
            return True
        if destination.kind not in self._unknown_kinds:
            self._unknown_kinds.add(destination.kind)
            _log.error("This version has no such destination", extra={"kind": destination.kind})
        return False

    async def _new_lane(self, destination: Destination) -> Lane:
        kind = KINDS[destination.kind]
        return Lane(destination, kind, self._ledger, self._pace, self._now, self._wake.set, self._limits)

    def _is_time(self, lane: Lane) -> bool:
        return time.monotonic() >= self._look_at.get(lane.destination.id, 0.0)

    def _feed(self, lane: Lane) -> bool:
        """Gives the lane what is due and fits; whether there was any."""
        name, now = lane.destination.id, self._now()
        self._expire(lane, now)
        held = set(lane.in_hand)  # before asking: what leaves the lane in between is not what was asked for
        room = lane.room()
        if room <= 0:
            return False
        due = self._outcomes.due(name, now, room + len(held))
        new = [one for one in due if (one.destination, one.sequence) not in held][:room]
        if not new:
            self._look_at[name] = time.monotonic() + min(1.0, self._pace.first_wait_s / 2)
            return False
        events = self._events.find(one.sequence for one in new)
        lane.give([Item(one, events[one.sequence]) for one in new if one.sequence in events])
        self._bury([one for one in new if one.sequence not in events], now)
        return True

    def _expire(self, lane: Lane, now: datetime) -> None:
        name = lane.destination.id
        if time.monotonic() >= self._expire_at.get(name, 0.0):
            self._expire_at[name] = time.monotonic() + _EXPIRE_EVERY_S
            self._outcomes.expire(name, now - lane.kind.deadline, now)

    def _prune(self) -> None:
        """One batch a turn, of one destination after the other, those that were removed too."""
        if self._keep is None:
            return
        if time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + _PRUNE_EVERY_S
            self._to_prune = list(self._outcomes.destinations())
        if self._to_prune and not self._outcomes.prune(self._to_prune[-1], self._now() - self._keep, _PRUNE_BATCH):
            self._to_prune.pop()

    def _bury(self, lost: list[Delivery], now: datetime) -> None:
        detail = "The event is no longer in the journal."
        results = [
            Result(
                destination=one.destination,
                sequence=one.sequence,
                state=State.DEAD,
                tried=False,
                reason=Reason.INVALID,
                detail=detail,
            )
            for one in lost
        ]
        if results:
            self._outcomes.write([], results, now)

    @contextmanager
    def _running(self) -> Iterator[None]:
        """The loop of the lanes, in its thread, for as long as the block takes."""
        self._loop = uvloop.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="lanes")
        thread.start()
        self._ledger = self._in_loop(self._new_ledger())
        writing = asyncio.run_coroutine_threadsafe(self._ledger.run(), self._loop)
        try:
            yield
        finally:
            self._in_loop(self._stop_lanes())
            writing.cancel()
            self._in_loop(self._loop.shutdown_default_executor())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()
            self._cursor = None

    async def _new_ledger(self) -> Ledger:
        return Ledger(self._outcomes, self._now)

    async def _stop_lanes(self) -> None:
        lanes = list(self._lanes.values())
        self._lanes.clear()
        try:
            # The margin is for recording what came of the last requests; without a database that would never end.
            async with asyncio.timeout(self._pace.grace_s + 2.0):
                await asyncio.gather(*(lane.stop() for lane in lanes))
        except TimeoutError:
            _log.warning("Deliveries under way could not be recorded: they are uncertain")

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
