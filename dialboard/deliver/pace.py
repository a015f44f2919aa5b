"""How fast a lane goes: workers, waiting after failures, and the breaker that leaves a dead destination in peace."""

import random

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """Of one lane; every destination has its own."""

    workers: int = 16  # requests at a time
    queue: int = 400  # deliveries in memory; all others rest in the database
    first_wait_s: float = 1.0  # after the first failure of a delivery; doubles with each further one
    longest_wait_s: float = 900.0
    breaker_failures: int = 10  # in a row, over all deliveries of the lane, until it pauses
    first_pause_s: float = 2.0  # doubles each time the one delivery that is tried after a pause fails too
    longest_pause_s: float = 300.0
    grace_s: float = 5.0  # how long requests under way may take to end when the program stops

    def wait_s(self, attempts: int) -> float:
        """Seconds until a delivery is tried again after that many failures. The jitter, from a half to the whole, keeps
        what failed together from coming back together."""
        return _growing(self.first_wait_s, self.longest_wait_s, attempts) * random.uniform(0.5, 1.0)

    def pause_s(self, failed_probes: int) -> float:
        return _growing(self.first_pause_s, self.longest_pause_s, failed_probes + 1) * random.uniform(0.5, 1.0)


class Breaker:
    """Closed: everything goes. Open: nothing does until the pause is over, then one probe. Times: monotonic seconds."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures = 0
        self._failed_probes = 0
        self._paused_until: float | None = None

    @property
    def is_open(self) -> bool:
        return self._paused_until is not None

    def may_probe(self, now: float) -> bool:
        return self._paused_until is not None and now >= self._paused_until

    def succeeded(self) -> None:
        """The other side is there: it answered something sensible, if only no."""
        self._failures = self._failed_probes = 0
        self._paused_until = None

    def failed(self, now: float, wait_s: float | None = None) -> bool:
        """True when this failure opened it. `wait_s` is how long the other side asks to be left alone."""
        self._failures += 1
        was_open = self.is_open
        if self._paused_until is not None and now < self._paused_until and not wait_s:
            return False  # one of those that were under way when it opened
        if was_open or wait_s or self._failures >= self._pace.breaker_failures:
            pause_s = self._pace.pause_s(self._failed_probes)
            self._failed_probes += was_open
            self._paused_until = now + max(pause_s, min(wait_s or 0.0, 3600.0))
        return self.is_open and not was_open


def _growing(first_s: float, longest_s: float, times: int) -> float:
    return min(longest_s, first_s * 2.0 ** min(max(times - 1, 0), 40))
