"""The store as every other process sees it: the same verbs, asked of the storing process over its socket."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dialboard.errors import StoreError, StoreUnreachable
from dialboard.shapes.question import Bucket, Filter, Held, Question
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Batch, Span
from dialboard.store import wire

ANSWER_TIMEOUT_S = 300.0  # a backup of a large store takes minutes
TRY_EVERY_S = 0.05


class RemoteStore:
    """Any number of threads may use it. When the storing process is away or restarts, a verb waits up to `wait_s` for
    it and is asked again: each verb may be, since a put replaces what it put before. Then StoreUnreachable.
    """

    def __init__(self, socket_path: str | Path, *, wait_s: float = 10.0) -> None:
        self._path = str(socket_path)
        self._wait_s = wait_s
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()
        self._process = os.getpid()

    def prepare(self, resources: Sequence[Resource]) -> None:
        self._ask(wire.Prepare(list(resources)))

    def put(self, batch: Batch) -> None:
        self._ask(wire.put_of(batch))

    def ask(self, question: Question) -> list[Bucket]:
        return wire.buckets_of(self._ask(wire.Ask(wire.wire_question(question))))

    def held(self, account: str, resource: str, twilio_account: str | None = None) -> list[Held]:
        return wire.held_of(self._ask(wire.AskHeld(account, resource, twilio_account)))

    def currencies(self, question: Question, field: str) -> list[str]:
        found: list[str] = self._ask(wire.AskCurrencies(wire.wire_question(question), field))
        return found

    def rows(
        self,
        account: str,
        resource: str,
        *,
        time: str,
        span: Span,
        where: Sequence[Filter] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        request = wire.AskRows(account, resource, time, span, wire.wire_filters(where), limit, offset)
        found: list[dict[str, Any]] = self._ask(request)
        return found

    def cursor(self, account: str, name: str) -> int:
        return int(self._ask(wire.AskCursor(account, name)))

    def forget(self, account: str) -> None:
        self._ask(wire.Forget(account))

    def backup(self, path: str) -> None:
        """The storing process writes it, so a path from the working directory is made whole here."""
        self._ask(wire.Backup(os.path.abspath(path)), again=False)

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _ask(self, request: wire.Request, again: bool = True) -> Any:
        until = time.monotonic() + self._wait_s
        while True:
            connection = self._idle_one() if again else None
            was_idle = connection is not None
            connection = connection or self._new_one(until)
            body = self._exchange(connection, request)
            if body is not None:
                return wire.read_answer(body)
            # An idle connection may have died long ago, with a process that has a successor by now.
            if not was_idle and (not again or time.monotonic() >= until):
                raise StoreUnreachable("The metric store ended before it answered: try again.")

    def _exchange(self, connection: socket.socket, request: wire.Request) -> bytearray | None:
        """The answer; None when the other side went away before it came."""
        try:
            wire.send(connection, request)
            body = wire.receive(connection)
        except TimeoutError as error:
            connection.close()
            raise StoreError(f"The metric store did not answer within {ANSWER_TIMEOUT_S:.0f} s.") from error
        except OSError:
            body = None
        except BaseException:
            connection.close()  # half a message may be in it
            raise
        if body is None:
            connection.close()
            return None
        with self._lock:
            self._idle.append(connection)
        return body

    def _idle_one(self) -> socket.socket | None:
        with self._lock:
            if self._process != os.getpid():  # after a fork the connections are the parent's
                self._idle, self._process = [], os.getpid()
            return self._idle.pop() if self._idle else None

    def _new_one(self, until: float) -> socket.socket:
        """A connection as soon as somebody listens."""
        while (connection := connect(self._path)) is None:
            if time.monotonic() >= until:
                raise StoreUnreachable()
            time.sleep(TRY_EVERY_S)
        return connection


def connect(path: str) -> socket.socket | None:
    """A connection to the storing process; None when none listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_TIMEOUT_S)
    with contextlib.suppress(OSError):
        connection.connect(path)
        return connection
    connection.close()
    return None
