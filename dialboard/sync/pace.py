"""How fast one Twilio account is asked, by everybody who asks it.

Twilio limits the requests that run at once and does not say how many; the customer's own calls and messages share the
limit. So few run at once, fewer after each 429, and one more again after a good while. Source:
twilio.com/docs/api/errors/20429, read 2026-11.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

AT_ONCE = 4
_GOOD_WHILE = 50  # requests without a 429
# Timers may ring a little early, and Retry-After is counted by another clock than ours.
_MARGIN_S = 0.02


class Pace:
    """A `twilio.client.Gate`. Belongs to one asyncio loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.waits = 0
        self.waited_s = 0.0
        self._most = at_once
        self._now_at_most = at_once
        self._running = 0
        self._good = 0
        self._until_s = 0.0
        self._free = asyncio.Condition()

    @property
    def at_once(self) -> int:
        """How many may run at once now."""
        return self._now_at_most

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._free:
            await self._free.wait_for(lambda: self._running < self._now_at_most)
            self._running += 1
        try:
            while (left := self.left_s()) > 0:
                await asyncio.sleep(left)
            yield
        finally:
            self._running -= 1
            self._note_good()
            async with self._free:
                self._free.notify_all()

    def wait(self, seconds: float) -> None:
        """Nobody begins for so long, and one less at once from then on."""
        until_s = _now_s() + seconds + _MARGIN_S
        self.waits += 1
        self.waited_s += max(until_s - max(self._until_s, _now_s()), 0.0)
        self._until_s = max(self._until_s, until_s)
        self._now_at_most = max(self._now_at_most - 1, 1)
        self._good = 0

    def left_s(self) -> float:
        return self._until_s - _now_s()

    def _note_good(self) -> None:
        self._good += 1
        if self._good >= _GOOD_WHILE and self._now_at_most < self._most:
            self._good, self._now_at_most = 0, self._now_at_most + 1


class Paces:
    """The pace of each Twilio account, shared by all its connections."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._paces: dict[str, Pace] = {}

    def of(self, twilio_account: str) -> Pace:
        return self._paces.setdefault(twilio_account, Pace(self._at_once))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
