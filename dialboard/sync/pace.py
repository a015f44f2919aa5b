"""How fast one Twilio account is asked, by everybody who asks it.

Twilio limits the requests that run at once and does not say how many; the customer's own calls and messages share the
limit. So few run at once, fewer after each 429, and one more again after a good while. Source:
twilio.com/docs/api/errors/20429, read 2026-11.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

AT_ONCE = 4
_GOOD_WHILE = 50  # requests without a 429
# Timers may ring a little early, and Retry-After is counted by another clock than ours.
_MARGIN_S = 0.02
_LONGEST_S = 3600.0  # of a pause that another process noted


class Pause:
    """Until when a Twilio account may not be asked, as the time of a file: other processes keep it as well, and so does
    the one that follows a killed one."""

    def __init__(self, folder: Path, twilio_account: str) -> None:
        self._path = folder / f"{twilio_account}.pause"

    def left_s(self) -> float:
        """0 or less when there is none, or one so long that a clock must have been set since."""
        try:
            left_s = self._path.stat().st_mtime - time.time()
        except OSError:
            return 0.0
        return left_s if left_s < _LONGEST_S else 0.0

    def note(self, seconds: float) -> None:
        if seconds <= self.left_s():
            return
        until_s = time.time() + seconds
        with contextlib.suppress(OSError):  # on a full disk this process keeps the pause all the same
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._path.touch(mode=0o600)
            os.utime(self._path, (until_s, until_s))


class Pace:
    """A `twilio.client.Gate`. Belongs to one asyncio loop."""

    def __init__(self, at_once: int = AT_ONCE, pause: Pause | None = None) -> None:
        self._pause = pause
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
        if self._pause:
            self._pause.note(seconds + _MARGIN_S)
        self._now_at_most = max(self._now_at_most - 1, 1)
        self._good = 0

    def left_s(self) -> float:
        return max(self._until_s - _now_s(), self._pause.left_s() if self._pause else 0.0)

    def _note_good(self) -> None:
        self._good += 1
        if self._good >= _GOOD_WHILE and self._now_at_most < self._most:
            self._good, self._now_at_most = 0, self._now_at_most + 1


class Paces:
    """The pace of each Twilio account, shared by all its connections; its pauses by all processes with that folder."""

    def __init__(self, folder: Path, at_once: int = AT_ONCE) -> None:
        self._folder = folder
        self._at_once = at_once
        self._paces: dict[str, Pace] = {}

    def of(self, twilio_account: str) -> Pace:
        return self._paces.setdefault(twilio_account, Pace(self._at_once, Pause(self._folder, twilio_account)))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
