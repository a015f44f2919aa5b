"""Load over raw sockets: as fast as it goes, or at a fixed rate. Each answer has to be HTTP 200.

At a fixed rate a request's time begins when it was due, not when a connection was free for it; otherwise a server that
stalls would be asked less and look better.

What is kept of each answer are two numbers in arrays, and Python's garbage collector rests meanwhile. It looked through
every answer that was kept as an object, for 40 ms at first and for most of a second after ten minutes, and that was
taken for the server's delay.
"""

import asyncio
import gc
import time
from array import array
from bisect import bisect
from collections import deque
from collections.abc import Sequence
from typing import cast

import uvloop
from machine import Span, Watch

TICK_S = 0.001


class Load:
    """When each request that was answered was due, on the monotonic clock, and how long it took from then."""

    def __init__(self, seconds: float, due_s: "array[float]", took_s: "array[float]", errors: int) -> None:
        self.seconds = seconds
        self.due_s = due_s
        self.took_s = took_s
        self.errors = errors
        self.times_ms = sorted(1000 * took for took in took_s)

    @classmethod
    def joined(cls, loads: Sequence["Load"]) -> "Load":
        due_s, took_s = array("d"), array("d")
        for load in loads:
            due_s += load.due_s
            took_s += load.took_s
        return cls(sum(load.seconds for load in loads), due_s, took_s, sum(load.errors for load in loads))

    @property
    def rate(self) -> float:
        return len(self.took_s) / self.seconds

    def without(self, spans: Sequence[Span]) -> "Load":
        """Without the requests that were on their way in one of these spans, which are in order, or as long after it:
        a server at half of its highest rate needs that to catch up."""
        longer = [Span(span.begin, 2 * span.end - span.begin) for span in spans]
        due_s, took_s = array("d"), array("d")
        for due, took in zip(self.due_s, self.took_s, strict=True):
            if not _touches(due, due + took, longer):
                due_s.append(due)
                took_s.append(took)
        return Load(self.seconds, due_s, took_s, self.errors)

    def delays(self, watch: Watch, aim_ms: int | None = None) -> str:
        """In words, and if the machine stood still meanwhile also without those moments."""
        told = f"p50 {self.quantile(0.5):.1f} ms  {self._slowest(aim_ms)}"
        if not watch.known:
            return f"{told}  (only root can see whether the machine stood still meanwhile)"
        left = self.without(watch.spans)
        kept = len(left.took_s) / len(self.took_s)
        return (
            f"{told}  |  the machine stood still {watch.seconds / self.seconds:.1%} of the time: without those moments"
            f" ({kept:.0%} of the answers) {left._slowest(aim_ms)}"
        )

    def _slowest(self, aim_ms: int | None) -> str:
        aim = f" (aim {aim_ms})" if aim_ms else ""
        return f"p99 {self.quantile(0.99):.1f} ms{aim}  longest {self.quantile(1):.0f} ms"

    def quantile(self, q: float) -> float:
        return self.times_ms[min(len(self.times_ms) - 1, int(len(self.times_ms) * q))] if self.times_ms else 0.0


def _touches(begin: float, end: float, spans: Sequence[Span]) -> bool:
    before = bisect(spans, end, key=lambda span: span.begin)
    return any(span.end > begin for span in spans[:before])


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
        self.due_s, self.took_s = array("d"), array("d")
        self.errors = 0
        self.ended = False

    def answered(self, connection: _Connection, ok: bool) -> None:
        now = time.perf_counter()
        self.due_s.append(connection.due)
        self.took_s.append(now - connection.due)
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
    return Load(took, driver.due_s, driver.took_s, driver.errors)


def drive(port: int, request: bytes, *, connections: int, seconds: float, rate: float | None = None) -> Load:
    """Asks `request` again and again: `rate` times a second, or as often as it is answered."""
    gc.collect()
    gc.disable()
    try:
        return uvloop.run(_drive(port, request, connections, seconds, rate))
    finally:
        gc.enable()
