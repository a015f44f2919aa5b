"""The serving process: one port for senders and people, and the only writer of the embedded journal.

What is not for the collector goes to the showing process. No page is made here, so that no sender waits for one.
"""

import asyncio
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvloop

from dialboard.collect.app import HEALTH, TRACKER, Collector
from dialboard.config import Config, address_of
from dialboard.journal import open_journal
from dialboard.run.child import Child, started
from dialboard.run.following import Following
from dialboard.run.frames import App
from dialboard.run.listening import SocketServer, listen
from dialboard.run.relaying import Relay

log = logging.getLogger(__name__)


def run(config: Config) -> None:
    """Returns when the process has to end: then every event that was taken is answered and the journal is closed.

    The first of the processes to start: it prepares the data folder for all of them.
    """
    from dialboard.control.folder import prepare

    with started("serving", config) as child:
        prepare(config)
        child.says("prepared")
        with _listening(child) as socket_:
            uvloop.run(_serve(child, socket_))


@contextlib.contextmanager
def _listening(child: Child) -> Iterator[socket.socket]:
    """The supervisor's socket, on which connections wait while we are started again; else one of our own."""
    if child.supervised and child.supervised.listening is not None:
        yield socket.socket(fileno=child.supervised.listening)
    else:
        with listen(child.config.host, child.config.port) as socket_:
            # Nobody else says which port was free.
            host, port = socket_.getsockname()[:2]
            log.info("Listening.", extra={"action": "listening", "address": address_of(host, port)})
            yield socket_


async def _serve(child: Child, socket_: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    journal = await open_journal(child.config.journal)
    try:
        following = Following(child.config.data, journal, loop)
        await asyncio.to_thread(following.catch_up)
        collector = Collector(journal, lambda: following.snapshot)
        relay = Relay(child.config.data.pages_socket)
        server = SocketServer(_announcing(dispatch(collector, relay), lambda: child.says("ready")), socket_)
        child.stop.then(lambda: _stop(loop, server, relay))
        following.start(child.stop)
        put_senders_first()
        await server.serve()
        await asyncio.to_thread(following.join)
        relay.close()
    finally:
        await journal.close()
    counts = {f"count_{name}": count for name, count in collector.counts.items()}
    log.info("What senders told.", extra={"action": "counted", **counts})


def dispatch(collector: App, pages: App) -> App:
    """Events and health are the collector's, and so is what is not HTTP; everything else is a page."""

    # No coroutine of its own: an event would pass through it at every turn.
    def dispatched(scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        is_page = scope["type"] == "http" and scope["path"] not in (TRACKER, HEALTH)
        return (pages if is_page else collector)(scope, receive, send)

    return dispatched


def _stop(loop: asyncio.AbstractEventLoop, server: SocketServer, relay: Relay) -> None:
    loop.call_soon_threadsafe(server.stop)
    loop.call_soon_threadsafe(relay.stop)


def _announcing(app: Any, on_startup: Callable[[], None]) -> Any:
    def announcing(scope: Any, receive: Any, send: Any) -> Any:
        if scope["type"] == "lifespan":
            on_startup()
        return app(scope, receive, send)

    return announcing


def put_senders_first() -> None:
    """How Python runs where senders wait; for the whole process, so only serving and its benchmark ask for it."""
    # Dozens of requests on their way at once look like garbage that piles up: by default Python would search all that
    # is alive for it many times a second, a twentieth of the work of an event.
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(20_000, 50, 20)
    # Whoever computes gives way after this time, not after 5 ms: an event needs three threads in turn.
    sys.setswitchinterval(0.0005)
