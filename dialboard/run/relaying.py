"""Serving's half of the pages: passes a visitor's request on to the showing process, and its answer back.

Pages are made in a process of their own, for in this one they would take turns with the senders' events: two people who
loaded boards as fast as they came made one sender in a hundred wait for 97 ms, which are 9 ms now, and got 25 answers a
second, which are 38 (benchmarks/whole.py, 5,900 events a second on two processors).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from dialboard.run import frames
from dialboard.run.upload import Receive, Send, read_whole, refuse

log = logging.getLogger(__name__)

WAIT_S = 10.0  # for a showing process that is being started
LOOK_S = 0.05
# Requests that are on their way: more than the other side has threads, and few enough for the files we may open.
AT_ONCE = 64
_SAFE = ("GET", "HEAD")  # asked again when the process that was to answer has died

App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_AWAY = (
    b"The pages are not running just now, and are started again by themselves: this page tries again every 2 seconds.\n"
    b"(Where each process is started by hand, `dialboard serve --role showing` is the one for this data folder.)\n"
)
_CUT = b"The process that made this page ended meanwhile. Look whether your change is there before you send it again.\n"


class Relay:
    """An ASGI application for everything that is not the collector's."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path
        self._free: list[Line] = []
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await read_whole(receive)
        if isinstance(body, int):
            return await refuse(body, send)
        async with self._turns:
            await self._answer(frames.asked_of(scope, body), send)

    async def _answer(self, asked: frames.Asked, send: Send) -> None:
        for _ in range(2 if asked.method in _SAFE else 1):
            line = await self._line()
            if line is None:
                return await _say(send, _AWAY, [(b"retry-after", b"2"), (b"refresh", b"2")])
            if await self._pass_on(line, asked, send):
                return None
            log.info("The process that made a page ended meanwhile.", extra={"action": "page_cut"})
        return await _say(send, _CUT, [])

    async def _pass_on(self, line: Line, asked: frames.Asked, send: Send) -> bool:
        """False when nothing was heard of an answer: the process has died. Raises when it died amid its answer."""
        reader, writer = line
        heard = whole = False  # the begin of an answer, and its end
        try:
            frames.write(writer, asked)
            while not whole:
                said = await frames.read_said(reader)
                begins, heard, whole = not heard, True, not said.more
                if begins:
                    await send({"type": "http.response.start", "status": said.status, "headers": said.headers})
                await send({"type": "http.response.body", "body": said.body, "more_body": said.more})
        except (OSError, asyncio.IncompleteReadError):
            if heard:
                raise
        finally:
            self._part(line, whole)
        return heard

    async def _line(self) -> Line | None:
        """To the showing process; None when there is none for a while."""
        until_s = time.monotonic() + WAIT_S
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        while True:
            try:
                return await asyncio.open_unix_connection(self._path)
            except OSError:
                if time.monotonic() >= until_s:
                    return None
                await asyncio.sleep(LOOK_S)

    def _part(self, line: Line, whole: bool) -> None:
        if whole:
            self._free.append(line)
        else:
            line[1].close()

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _say(send: Send, sentence: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})
