"""Writes for all lanes into the record, in groups: one fsync for whatever has come together meanwhile."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from dialboard.deliver.outcomes import Outcomes
from dialboard.deliver.statements import Key, Result
from dialboard.errors import DialboardError

_log = logging.getLogger(__name__)

_RETRY_S = 1.0


class Ledger:
    """Belongs to one asyncio loop, in which `run` has to be going."""

    def __init__(self, outcomes: Outcomes, now: Callable[[], datetime]) -> None:
        self._outcomes = outcomes
        self._now = now
        self._waiting: list[tuple[Key | Result, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    async def sending(self, key: Key) -> None:
        """Returns once it is durable that this delivery is about to leave; only then may it."""
        await self._written(key)

    async def settle(self, result: Result) -> None:
        """Returns once what came of it is durable."""
        await self._written(result)

    async def run(self) -> None:
        """For ever; while the database is away it waits, and with it the lanes, so that nothing is sent unrecorded."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            group, self._waiting = self._waiting, []
            keys = [what for what, _ in group if isinstance(what, tuple)]
            results = [what for what, _ in group if isinstance(what, Result)]
            await self._write(keys, results)
            for _, future in group:
                if not future.done():  # done: whoever waited was cancelled
                    future.set_result(None)

    async def _written(self, what: Key | Result) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((what, future))
        self._wake.set()
        await future

    async def _write(self, keys: list[Key], results: list[Result]) -> None:
        while True:
            try:
                return await asyncio.to_thread(self._outcomes.write, keys, results, self._now())
            except DialboardError as error:
                _log.warning("Deliveries wait for their database", extra={"problem": error.sentence})
            except Exception:  # without this loop every lane would wait for ever, and nobody would know why
                _log.exception("Deliveries could not be recorded")
            await asyncio.sleep(_RETRY_S)
