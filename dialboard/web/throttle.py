"""How often somebody may try: a count per key in a sliding stretch of time, in this process's memory."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable


class Throttle:
    """At most `tries` in `seconds` for each key. One process serves the pages, so its memory is enough; a restart
    forgives."""

    def __init__(self, tries: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.tries = tries
        self.seconds = seconds
        self.clock = clock
        self.lock = threading.Lock()
        self.seen: dict[str, deque[float]] = defaultdict(deque)

    def wait_s(self, key: str) -> float:
        """Seconds until that key may try again; 0 when it may now."""
        with self.lock:
            times = self._recent(key)
            return times[0] + self.seconds - self.clock() if len(times) >= self.tries else 0.0

    def note(self, key: str) -> None:
        """One more try that failed."""
        with self.lock:
            self._recent(key).append(self.clock())
            if len(self.seen) > 10_000:  # somebody invents names: forget those that are over
                for old in [old for old in self.seen if not self._recent(old)]:
                    del self.seen[old]

    def forget(self, key: str) -> None:
        with self.lock:
            self.seen.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        times = self.seen[key]
        while times and times[0] <= self.clock() - self.seconds:
            times.popleft()
        return times
