"""Load over raw sockets: as fast as it goes, or at a fixed rate. Each answer has to be HTTP 200.

At a fixed rate a request's time begins when it was due, not when a connection was free for it; otherwise a server that
stalls would be asked less and look better.
"""

import asyncio
import time
from bisect import bisect
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, cast

import uvloop
from machine import Span, Watch

TICK_S = 0.001


class Answer(NamedTuple):
    """When the request was due, on the monotonic clock, and how long it took from then."""

    due_s: float
    took_s: float


class Load:
    """What was seen. `times_ms` are sorted."""

    def __init__(self, seconds: float, answers: list[Answer], errors: int) -> None:
        self.seconds = seconds
        self.answers = answers
        self.errors = errors
        self.times_ms = sorted(1000 * answer.took_s for answer in answers)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def without(self, spans: Sequence[Span]) -> "Load":
        """Without the requests that were on their way in one of these spans, which are in order, or as long after it:
        a server at half of its highest rate needs that to catch up."""
        longer = [Span(span.begin, 2 * span.end - span.begin) for span in spans]
        kept = [answer for answer in self.answers if not _touches(answer, longer)]
        return Load(self.seconds, kept, self.errors)

    def delays(self, watch: Watch, aim_ms: int | None = None) -> str:
        """In words, and if the machine stood still meanwhile also without those moments."""
        told = f"p50 {self.quantile(0.5):.1f} ms  {self._slowest(aim_ms)}"
        if not watch.known:
            return f"{told}  (only root can see whether the machine stood still meanwhile)"
        left = self.without(watch.spans)
        kept = len(left.answers) / len(self.answers)
        return (
            f"{told}  |  the machine stood still {watch.seconds / self.seconds:.1%} of the time: without those moments"
            f" ({kept:.0%} of the answers) {left._slowest(aim_ms)}"
        )

    def _slowest(self, aim_ms: int | None) -> str:
        aim = f" (aim {aim_ms})" if aim_ms else ""
        return f"p99 {self.quantile(0.99):.1f} ms{aim}  longest {self.quantile(1):.0f} ms"

    def quantile(self, q: float) -> float:
        return self.times_ms[min(len(self.times_ms) - 1, int(len(self.times_ms) * q))] if self.times_ms else 0.0


def _touches(answer: Answer, spans: Sequence[Span]) -> bool:
    ended_s = answer.due_s + answer.took_s
    before = bisect(spans, ended_s, key=lambda span: span.begin)
    return any(span.end > answer.due_s for span in spans[:before])


class _Connection(asyncio.Protocol):
    """Asks one request at a time; the answers have a Content-Length and come in one piece or more."""

    def __init__(self, load: "_Driver") -> None:
        self.load = load
        self.due = 0.0
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, due: float) -> None:
        self.due = due
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self.head.lower().find(b"content-length:")
        length = int(self.head[at + 15 : self.head.find(b"\r\n", at)])
        if len(self.head) >= end + 4 + length:
            ok, self.head = self.head.startswith(b"HTTP/1.1 200"), b""
            self.load.answered(self, ok)


class _Driver:
    def __init__(self, request: bytes, rate: float | None) -> None:
        self.request = request
        self.rate = rate
        self.free: deque[_Connection] = deque()
        self.waiting: deque[float] = deque()
        self.answers: list[Answer] = []
        self.errors = 0
        self.ended = False

    def answered(self, connection: _Connection, ok: bool) -> None:
        now = time.perf_counter()
        self.answers.append(Answer(connection.due, now - connection.due))
        self.errors += not ok
        if self.ended:
            return
        if self.rate is None:
            connection.ask(now)
        elif self.waiting:
            connection.ask(self.waiting.popleft())
        else:
            self.free.append(connection)

    async def pace(self, seconds: float) -> None:
        assert self.rate is not None
        begin = time.perf_counter()
        asked, total = 0, int(self.rate * seconds)
        while asked < total:
            due_now = min(total, int((time.perf_counter() - begin) * self.rate) + 1)
            for number in range(asked, due_now):
                due = begin + number / self.rate
                if self.free:
                    self.free.popleft().ask(due)
                else:
                    self.waiting.append(due)
            asked = due_now
            await asyncio.sleep(TICK_S)


async def _drive(port: int, request: bytes, connections: int, seconds: float, rate: float | None) -> Load:
    driver = _Driver(request, rate)
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Connection(driver), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    begin = time.perf_counter()
    if rate is None:
        for connection in opened:
            connection.ask(time.perf_counter())
        await asyncio.sleep(seconds)
    else:
        driver.free.extend(opened)
        await driver.pace(seconds)
    took = time.perf_counter() - begin
    driver.ended = True
    for connection in opened:
        connection.transport.close()
    return Load(took, driver.answers, driver.errors)


def drive(port: int, request: bytes, *, connections: int, seconds: float, rate: float | None = None) -> Load:
    """Asks `request` again and again: `rate` times a second, or as often as it is answered."""
    return uvloop.run(_drive(port, request, connections, seconds, rate))
