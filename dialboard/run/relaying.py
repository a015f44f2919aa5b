"""Serving's half of the pages: passes a visitor's request on to the showing process, and its answer back.

Pages are made in a process of their own, for in this one they would take turns with the senders' events: two people who
loaded boards as fast as they came made one sender in a hundred wait for 97 ms, which are 9 ms now, and got 25 answers a
second, which are 38 (benchmarks/whole.py, 5,900 events a second on two processors).
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from dialboard.run import frames
from dialboard.run.frames import Receive, Send
from dialboard.run.upload import read_whole, refuse

log = logging.getLogger(__name__)

WAIT_S = 15.0  # for a showing process that is being started
LOOK_S = 0.05
LAST_ANSWER_S = 1.0  # how long a stop waits for the pages that are on their way
# Requests that are on their way: more than the other side has threads, and few enough for the files we may open.
AT_ONCE = 64
_SAFE = ("GET", "HEAD")
_TRIES = 3  # of those, when the process that was to answer has died

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_AWAY = (
    b"The pages are not running just now; they are started again by themselves. Ask again in a moment.\n"
    b"(Where each process is started by hand, `dialboard serve --role showing` is the one for this data folder.)\n"
)
_CUT = b"The process that worked on this ended meanwhile. Look whether your change is there before you send it again.\n"


class Relay:
    """An ASGI application for everything that is not the collector's."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path
        self._free: list[Line] = []
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        begun = False

        async def tell(message: dict[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            body = await read_whole(receive)
            if isinstance(body, int):
                return await refuse(body, tell)
            async with self._turns:
                await self._answer(frames.asked_of(scope, body), tell)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            if not begun:
                await _give_up(scope["method"], send)
        finally:
            self._under_way.discard(task)

    def stop(self) -> None:
        """Waits for no process any more, and a moment later for no answer and no visitor."""
        self._stopping = True
        asyncio.get_running_loop().call_later(LAST_ANSWER_S, self._cut)

    def close(self) -> None:
        while self._free:
            self._free.pop()[1].close()

    def _cut(self) -> None:
        for task in self._under_way:
            task.cancel()

    async def _answer(self, asked: frames.Asked, send: Send) -> None:
        is_safe = asked.method in _SAFE
        for number in range(_TRIES if is_safe else 1):
            # A line whose process has just died may look like a good one: only what may be asked twice takes it.
            line = await self._line(fresh=number > 0 or not is_safe)
            if line is None:
                return await _say(send, _AWAY, refresh=is_safe)
            if await self._pass_on(line, asked, send):
                return None
            log.info("The process that made a page ended meanwhile.", extra={"action": "page_cut"})
        return await _give_up(asked.method, send)

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

    async def _line(self, *, fresh: bool) -> Line | None:
        """To the showing process; None when there is none for a while."""
        while self._free and not fresh:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        until_s = time.monotonic() + WAIT_S
        while True:
            try:
                return await asyncio.open_unix_connection(self._path)
            except OSError:
                if self._stopping or time.monotonic() >= until_s:
                    return None
                await asyncio.sleep(LOOK_S)

    def _part(self, line: Line, whole: bool) -> None:
        if whole:
            self._free.append(line)
        else:
            line[1].close()


async def _give_up(method: str, send: Send) -> None:
    """When it is not known what became of the request."""
    is_safe = method in _SAFE
    await _say(send, _AWAY if is_safe else _CUT, refresh=is_safe)


async def _say(send: Send, sentence: bytes, *, refresh: bool) -> None:
    """503. A page may ask again by itself, a form may not."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), (b"retry-after", b"2")]
    headers += [(b"refresh", b"2")] * refresh
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})
