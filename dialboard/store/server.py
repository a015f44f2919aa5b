"""The storing process: the only owner of the embedded file, answering on a socket that only its user may open."""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from dialboard.errors import DialboardError, StoreError
from dialboard.store import wire
from dialboard.store.duckdb import DuckStore
from dialboard.store.place import listen

LAST_ANSWER_S = 8.0  # how long a stop waits for the verbs that are running
LOOK_S = 0.25  # a main thread that blocks in C without end would not see a signal that another thread got

log = logging.getLogger(__name__)


def serve(
    path: str | Path,
    socket_path: str | Path,
    *,
    memory: str = "1GB",
    ready: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Owns the file and answers until SIGTERM, SIGINT or `stop`; then finishes what runs and closes the file.

    `ready` is called once it answers. Raises DataFolderError when the file is in use, newer or not writable.
    """
    os.umask(0o077)
    stop = threading.Event() if stop is None else stop
    store = DuckStore(path, memory=memory)  # first: whoever owns the file may replace a socket left by a killed owner
    try:
        with _signals(stop), contextlib.closing(listen(Path(socket_path))) as listener:
            server = Server(store, listener)
            if ready:
                ready()
            server.run(stop)
    finally:
        store.close()
        Path(socket_path).unlink(missing_ok=True)


class Server:
    """Answers each client in a thread of its own, so that a read goes on beside a write."""

    def __init__(self, store: DuckStore, listener: socket.socket) -> None:
        self._store = store
        self._listener = listener
        self._guests: set[_Guest] = set()
        self._lock = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        self._listener.settimeout(LOOK_S)
        # A command waits for its storing process to end; to look only now and then was most of that time.
        threading.Thread(target=self._wake, args=(stop,), name="store stop", daemon=True).start()
        while not stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                if stop.is_set():
                    break
                raise
            connection.settimeout(None)
            self._welcome(connection)
        self._part()

    def _wake(self, stop: threading.Event) -> None:
        """Ends the wait for the next client."""
        stop.wait()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def _welcome(self, connection: socket.socket) -> None:
        guest = _Guest(self._store, connection)
        with self._lock:
            self._guests.add(guest)
        threading.Thread(target=self._serve, args=(guest,), name="store client", daemon=True).start()

    def _serve(self, guest: "_Guest") -> None:
        try:
            guest.serve()
        finally:
            with self._lock:
                self._guests.discard(guest)

    def _part(self) -> None:
        self._listener.close()
        with self._lock:
            guests = list(self._guests)
        until = time.monotonic() + LAST_ANSWER_S
        for guest in guests:
            guest.part(max(0.0, until - time.monotonic()))


class _Guest:
    """One connection. `busy` is held from a request's last byte until its answer is sent."""

    def __init__(self, store: DuckStore, connection: socket.socket) -> None:
        self._store = store
        self._connection = connection
        self._busy = threading.Lock()

    def serve(self) -> None:
        with self._connection, contextlib.suppress(ConnectionError, OSError):
            while (body := wire.receive(self._connection)) is not None:
                with self._busy:
                    self._reply(_answer(self._store, body))

    def _reply(self, answer: wire.Done | wire.Failed) -> None:
        try:
            wire.send(self._connection, answer)
        except DialboardError as error:  # too long an answer
            wire.send(self._connection, wire.failed(error))

    def part(self, timeout_s: float) -> None:
        """Closes once nothing runs for it; a verb that takes longer is left unanswered (and undone, if it writes)."""
        done = self._busy.acquire(timeout=timeout_s)
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        if done:
            self._busy.release()


def _answer(store: DuckStore, body: bytearray) -> wire.Done | wire.Failed:
    try:
        request = wire.read_request(body)
        return wire.Done(_VERBS[type(request)](store, request))
    except DialboardError as error:
        return wire.failed(error)
    except msgspec.MsgspecError as error:
        return wire.failed(StoreError(f"The metric store did not understand the request: {error}"))
    except Exception:
        log.exception("a verb of the store failed", extra={"action": "store_failed"})
        return wire.failed(StoreError("The metric store failed: its log has the reason."))


def _put(store: DuckStore, request: wire.Put) -> None:
    store.put(wire.batch_of(request, store.resource(request.resource)))


def _rows(store: DuckStore, request: wire.AskRows) -> Any:
    found = store.rows(
        request.account,
        request.resource,
        time=request.time,
        span=request.span,
        where=wire.filters_of(request.where),
        limit=request.limit,
        offset=request.offset,
    )
    return wire.marked(found)


_VERBS: dict[type, Callable[[DuckStore, Any], Any]] = {
    wire.Prepare: lambda store, request: store.prepare(request.resources),
    wire.Put: _put,
    wire.Ask: lambda store, request: wire.wire_buckets(store.ask(wire.question_of(request.question))),
    wire.AskHeld: lambda store, request: wire.wire_held(
        store.held(request.account, request.resource, request.twilio_account)
    ),
    wire.AskCurrencies: lambda store, request: store.currencies(wire.question_of(request.question), request.field),
    wire.AskRows: _rows,
    wire.AskCursor: lambda store, request: store.cursor(request.account, request.name),
    wire.Forget: lambda store, request: store.forget(request.account),
    wire.Backup: lambda store, request: store.backup(request.path),
}


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Any:
    """SIGTERM and SIGINT set the event, as long as this lasts. Does nothing off the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
