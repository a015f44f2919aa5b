"""Plays Google Analytics' Measurement Protocol: takes events, judges them at /debug/mp/collect, shows what arrived.

    POST /mp/collect         204 whatever the payload, as the real one
    POST /debug/mp/collect   200 and {"validationMessages": [...]}; nothing is recorded
    GET  /requests           what arrived, oldest first; ?measurement_id=G-X, ?after=N
    GET  /counts             {"received", "kept", "answers": {"204": 12}}
    POST /behave             how to answer from now on, see `Behaviour`
    POST /forget             forgets what arrived and how to behave

The API secret is kept as its SHA-256 only. Source of the rules: developers.google.com/analytics/devguides/collection/
protocol/ga4 (reference, sending-events, validating-events), read 2026-11.
"""

import asyncio
import hashlib
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from dialboard.sandbox.measurement_protocol import problems

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


class Received(Struct, frozen=True, kw_only=True):
    """One request to /mp/collect. `at` is Unix seconds; `answered` is 0 when the connection was closed instead."""

    number: int
    at: float
    measurement_id: str | None
    api_secret_sha256: str | None
    user_agent: str | None
    body: msgspec.Raw
    answered: int


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer: after `delay_s`, with `status`, or the connection closed in the middle of it."""

    status: int = 204
    delay_s: float = 0.0
    close: bool = False


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`script` is answered step by step, then 204 again; or one step `times` times (None: for ever).

    `measurement_id` limits it to that stream; with `per_client` each client_id runs through the script on its own.
    """

    script: tuple[int | Step, ...] = ()
    status: int = 204
    delay_s: float = 0.0
    close: bool = False
    times: int | None = 1
    measurement_id: str | None = None
    per_client: bool = False

    def step(self, turn: int) -> Step | None:
        """The answer to the request of that turn, counted from 0; None when the behaviour is used up."""
        if not self.script:
            return Step(self.status, self.delay_s, self.close) if self.times is None or turn < self.times else None
        if turn >= len(self.script):
            return None
        step = self.script[turn]
        return Step(step) if isinstance(step, int) else step


class _Envelope(Struct):
    client_id: Any = None


class GoogleAnalyticsSandbox:
    """An ASGI app. Keeps the newest `keep` requests; a body is never larger than 130 kB."""

    def __init__(self, keep: int = 100_000) -> None:
        self._received: deque[Received] = deque(maxlen=keep)
        self._count = 0
        self._answers: Counter[str] = Counter()
        self._behaviours: list[tuple[Behaviour, Counter[str]]] = []

    @property
    def requests(self) -> list[Received]:
        """What arrived, oldest first."""
        return list(self._received)

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        routes: dict[tuple[str, str], Callable[[_Scope, bytes, _Send], Awaitable[None]]] = {
            ("POST", "/mp/collect"): self._collect,
            ("POST", "/debug/mp/collect"): self._judge,
            ("GET", "/requests"): self._list,
            ("GET", "/counts"): self._counts,
            ("POST", "/behave"): self._behave,
            ("POST", "/forget"): self._forget,
        }
        route = routes.get((scope["method"], scope["path"]), _not_found)
        if (body := await _body(receive)) is not None:
            await route(scope, body, send)

    async def _collect(self, scope: _Scope, body: bytes, send: _Send) -> None:
        query = _query(scope)
        step = self._step(query.get("measurement_id"), body)
        self._keep(scope, query, body, 0 if step.close else step.status)
        if step.delay_s:
            await asyncio.sleep(step.delay_s)
        if step.close:
            return await _break_off(send)
        await _answer(send, step.status)

    async def _judge(self, scope: _Scope, body: bytes, send: _Send) -> None:
        await _json(send, {"validationMessages": problems(_query(scope), body)})

    async def _list(self, scope: _Scope, body: bytes, send: _Send) -> None:
        query = _query(scope)
        after, stream = int(query.get("after", 0)), query.get("measurement_id")
        found = [one for one in self._received if one.number > after and stream in (None, one.measurement_id)]
        await _json(send, {"requests": found})

    async def _counts(self, scope: _Scope, body: bytes, send: _Send) -> None:
        await _json(send, {"received": self._count, "kept": len(self._received), "answers": dict(self._answers)})

    async def _behave(self, scope: _Scope, body: bytes, send: _Send) -> None:
        try:
            behaviour = msgspec.json.decode(body, type=Behaviour)
        except msgspec.DecodeError as error:
            return await _json(send, {"error": str(error)}, status=400)
        self._behaviours.append((behaviour, Counter()))
        await _answer(send, 204)

    async def _forget(self, scope: _Scope, body: bytes, send: _Send) -> None:
        self._received.clear()
        self._behaviours.clear()
        self._answers.clear()
        self._count = 0
        await _answer(send, 204)

    def _step(self, measurement_id: str | None, body: bytes) -> Step:
        for behaviour, turns in self._behaviours:
            if behaviour.measurement_id not in (None, measurement_id):
                continue
            who = _client_id(body) if behaviour.per_client else ""
            if step := behaviour.step(turns[who]):
                turns[who] += 1
                return step
        return Step()

    def _keep(self, scope: _Scope, query: dict[str, str], body: bytes, answered: int) -> None:
        self._count += 1
        self._answers[str(answered)] += 1
        secret = query.get("api_secret")
        received = Received(
            number=self._count,
            at=time.time(),
            measurement_id=query.get("measurement_id"),
            api_secret_sha256=hashlib.sha256(secret.encode()).hexdigest() if secret is not None else None,
            user_agent=_header(scope, b"user-agent"),
            body=msgspec.Raw(body if _is_json(body) else msgspec.json.encode(body.decode("utf-8", "replace"))),
            answered=answered,
        )
        self._received.append(received)


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: _Receive, most: int = 1_000_000) -> bytes | None:
    """The body; None when the sender went away before its end: half a request never happened."""
    pieces, size = [], 0
    while size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if not message.get("more_body"):
            break
    return b"".join(pieces)


async def _answer(send: _Send, status: int, body: bytes = b"", content_type: bytes = b"text/plain") -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]})
    await send({"type": "http.response.body", "body": body})


async def _json(send: _Send, value: Any, status: int = 200) -> None:
    await _answer(send, status, msgspec.json.encode(value), b"application/json")


async def _break_off(send: _Send) -> None:
    # A body shorter than it was announced makes the server close the connection in the middle of the answer.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _not_found(scope: _Scope, body: bytes, send: _Send) -> None:
    await _answer(send, 404)


def _query(scope: _Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _header(scope: _Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _client_id(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body, type=_Envelope).client_id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
