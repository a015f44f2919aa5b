"""How soon after one commit the next may begin.

A commit costs the same few hundred microseconds of processor and one fsync, for one event as for fifty. At a middling
rate each would hold only a handful, and keep the pages and the sync beside it from the processor and the disk. An event
that comes alone is committed at once, and so are many.
"""

import time

INTERVAL_S = 0.002  # added to an answer at most, where p99 is five times as long
ENOUGH = 16  # events that wait no longer


class Pace:
    """Of one committer."""

    def __init__(self) -> None:
        self._next = 0.0  # on the monotonic clock

    def rest(self, waiting: int) -> float:
        """The seconds for which the committer may wait for more, before it begins with what is there then; 0 when it
        should begin."""
        now = time.monotonic()
        begin = now if waiting >= ENOUGH else max(now, self._next)
        self._next = begin + INTERVAL_S
        return begin - now
