"""Load over raw sockets: as fast as it goes, or at a fixed rate. Each answer has to be HTTP 200.

At a fixed rate a request's time begins when it was due, not when a connection was free for it; otherwise a server that
stalls would be asked less and look better.
"""

import asyncio
import time
from collections import deque
from typing import cast

import uvloop
from msgspec import Struct

TICK_S = 0.001


class Load(Struct):
    """What was seen. Times in milliseconds, sorted."""

    seconds: float
    times_ms: list[float]
    errors: int

    @property
    def rate(self) -> float:
        return len(self.times_ms) / self.seconds

    def quantile(self, q: float) -> float:
        return self.times_ms[min(len(self.times_ms) - 1, int(len(self.times_ms) * q))] if self.times_ms else 0.0


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
        self.times: list[float] = []
        self.errors = 0
        self.ended = False

    def answered(self, connection: _Connection, ok: bool) -> None:
        now = time.perf_counter()
        self.times.append(now - connection.due)
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
    times = sorted(1000 * one for one in driver.times)
    for connection in opened:
        connection.transport.close()
    return Load(took, times, driver.errors)


def drive(port: int, request: bytes, *, connections: int, seconds: float, rate: float | None = None) -> Load:
    """Asks `request` again and again: `rate` times a second, or as often as it is answered."""
    return uvloop.run(_drive(port, request, connections, seconds, rate))
