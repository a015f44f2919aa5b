"""The showing process: makes the pages that people see, behind a socket on which only serving asks."""

import asyncio
import contextlib
import logging
from importlib import import_module
from typing import Any

import uvloop

from dialboard.config import Config
from dialboard.run import frames
from dialboard.run.child import Child, started
from dialboard.run.frames import App
from dialboard.store.place import listen

log = logging.getLogger(__name__)

# web and run do not import each other; the pages are named here as Django's settings module is named elsewhere.
PAGES = "dialboard.web.asgi"
LAST_ANSWER_S = 0.8  # how long a stop waits for the pages that are being made

_TEXT = [(b"content-type", b"text/plain; charset=utf-8")]
_FAILED = b"This page could not be made, for a reason that nobody foresaw: the server's log has it.\n"


def run(config: Config) -> None:
    """Returns when the process has to end."""
    from dialboard.control.folder import prepare

    with started("showing", config) as child:
        prepare(config)
        uvloop.run(_show(child))


async def _show(child: Child) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    pages = Pages(import_module(PAGES).application(child.config.trusted_proxies))
    path = child.config.data.pages_socket
    server = await asyncio.start_unix_server(pages.answer, sock=listen(path))
    child.stop.then(lambda: _wake(loop, stop))
    child.says("ready")
    await stop.wait()
    server.close()
    await pages.finish(LAST_ANSWER_S)
    path.unlink(missing_ok=True)


def _wake(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)


class Pages:
    """Answers one request after the other on each connection."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._making: set[asyncio.Task[None]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Of a connection that is cut short when everything ends, asyncio would write a traceback.
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while asked := await frames.read_asked(reader):
                making = asyncio.create_task(self._make(asked, writer))
                self._making.add(making)
                making.add_done_callback(self._making.discard)
                await making
                await writer.drain()

    async def finish(self, within_s: float) -> None:
        if self._making:
            await asyncio.wait(self._making, timeout=within_s)

    async def _make(self, asked: frames.Asked, writer: asyncio.StreamWriter) -> None:
        begin: dict[str, Any] = {}
        said = False

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": asked.body}

        async def send(message: dict[str, Any]) -> None:
            nonlocal said
            if message["type"] == "http.response.start":
                begin.update(status=message["status"], headers=list(message["headers"]))
                return
            said = True
            more = message.get("more_body", False)
            say(frames.Said(**begin, body=message.get("body", b""), more=more))

        def say(what: frames.Said) -> None:
            if not writer.is_closing():  # else serving has gone, and nobody waits for this
                frames.write(writer, what)

        try:
            await self._app(frames.scope_of(asked), receive, send)
        except Exception:
            # Django makes a page of an error, so this is one of the layers below it.
            log.exception("A page could not be made.", extra={"action": "page_failed"})
            if said:
                writer.close()  # the visitor's page ends where it is
            else:
                say(frames.Said(500, _TEXT, _FAILED, more=False))
