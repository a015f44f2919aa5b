"""Serves an ASGI app of the sandbox over real HTTP: alone as a process, or beside a test in a thread."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

_READY_WITHIN_S = 10.0


async def serve(app: Any, host: str, port: int, on_ready: Callable[[str], None] | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then ends cleanly. `on_ready` gets the base address once it can be asked."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await _serve_until(app, host, port, stop, on_ready)


@contextlib.contextmanager
def running(app: Any, host: str = "127.0.0.1") -> Iterator[str]:
    """The base address (http://127.0.0.1:PORT) of the app, served from a thread of this process at a free port."""
    address: list[str] = []
    failure: list[BaseException] = []
    ready = threading.Event()
    handles: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def on_ready(base: str) -> None:
        address.append(base)
        ready.set()

    async def main() -> None:
        stop = asyncio.Event()
        handles.append((asyncio.get_running_loop(), stop))
        await _serve_until(app, host, free_port(host), stop, on_ready)

    def thread() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failure.append(error)
        finally:
            ready.set()

    server = threading.Thread(target=thread, name="sandbox", daemon=True)
    server.start()
    ready.wait(_READY_WITHIN_S)
    try:
        if not address:
            raise RuntimeError("the app did not start") from (failure[0] if failure else None)
        yield address[0]
    finally:
        for loop, stop in handles:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stop.set)
        server.join(_READY_WITHIN_S)


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now. The server cannot be given port 0: it does not say which one it got."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def _serve_until(
    app: Any, host: str, port: int, stop: asyncio.Event, on_ready: Callable[[str], None] | None
) -> None:
    started = asyncio.Event()
    target = _telling(app, started)
    server = Server(target, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False)
    task = asyncio.create_task(server.serve())
    waiting = [asyncio.create_task(event.wait()) for event in (started, stop)]
    try:
        await asyncio.wait({task, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        await _until_connected(host, port, task)
        if on_ready:
            on_ready(f"http://{host}:{port}")
        await asyncio.wait({task, waiting[1]}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
        if not task.done():
            server.stop()  # type: ignore[no-untyped-call]
        await task


def _telling(app: Any, started: asyncio.Event) -> Any:
    """The app, which also sets `started` once it is. The port takes connections before, and keeps them waiting."""

    async def telling(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def told(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set()
            await send(message)

        try:
            await app(scope, receive, told)
        except Exception:  # how an app says that it has no lifespan
            started.set()
            raise

    return telling


async def _until_connected(host: str, port: int, task: "asyncio.Task[None]") -> None:
    deadline = asyncio.get_running_loop().time() + _READY_WITHIN_S
    while not task.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise RuntimeError("the app failed to start")
