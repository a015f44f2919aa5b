"""The collector: a raw ASGI application, for every layer on the way of each event costs.

A framework here takes two to ten times as long as all that is done below. Nothing logs the query string or the body:
they carry the sender's token.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from dialboard.collect import answer
from dialboard.collect.answer import Send
from dialboard.collect.body import Receive, read_body
from dialboard.collect.credentials import find_account
from dialboard.collect.fields import Fields, read_fields
from dialboard.collect.parameters import put_dots, read_event
from dialboard.collect.refusal import (
    FAILED,
    NOT_FOUND,
    PAYMENT_REQUIRED,
    UNAUTHORIZED,
    WRONG_METHOD,
    Reason,
    Refusal,
)
from dialboard.errors import JournalUnavailable
from dialboard.journal import Journal
from dialboard.shapes.event import Event, Kept, Repeat, Snapshot

log = logging.getLogger(__name__)

TRACKER = "/2011-1-1/twilio-tracker"
HEALTH = "/healthz"

Scope = dict[str, Any]


class Request(Struct):
    """One request on its way; each step puts what it finds out."""

    query: bytes
    body: bytes
    key: str | None  # the sender's idempotency key
    snapshot: Snapshot
    fields: Fields | None = None
    account: str = ""
    event: Event | None = None


def put_fields(request: Request) -> None:
    request.fields = read_fields(request.query, request.body)
    put_dots(request.fields)


def put_account(request: Request) -> Refusal | None:
    assert request.fields is not None
    get = request.fields.values.get
    account = find_account(request.snapshot, get("authId", ""), get("authToken", ""))
    if account is None:
        return UNAUTHORIZED
    request.account = account
    return None


def put_event(request: Request) -> Refusal | None:
    assert request.fields is not None
    event = read_event(request.fields, request.account, request.key)
    if isinstance(event, list):
        return Refusal(Reason.PARAMETERS, tuple(event))
    request.event = event
    return None


# Credentials before parameters: a stranger learns nothing about what is asked for.
STEPS: tuple[Callable[[Request], Refusal | None], ...] = (put_fields, put_account, put_event)


class Collector:
    """`counts`: the requests by what became of them: "kept", "repeat" or a Reason."""

    def __init__(self, journal: Journal, snapshot: Callable[[], Snapshot]) -> None:
        self._journal = journal
        self._snapshot = snapshot
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
        elif scope["type"] != "http":
            raise RuntimeError(f"The collector answers http, not {scope['type']}.")
        elif scope["path"] == HEALTH:
            healthy = self._journal.can_append()
            await (answer.HEALTHY if healthy else answer.UNHEALTHY).send(send, with_body=scope["method"] != "HEAD")
        else:
            await self._track(scope, receive, send)

    async def _track(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            refusal = await self._take(scope, receive)
        except Exception as error:
            # The traceback without the error's own text, in which a sender's values may stand.
            log.error(
                "collector failed: %s\n%s",
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
                extra={"action": "collector_failed"},
            )
            refusal = FAILED
        if refusal is None:
            await answer.OK.send(send)
            return
        self.counts[refusal.reason] += 1
        if refusal.reason is not Reason.GONE:
            await answer.refuse(refusal).send(send, with_body=scope["method"] != "HEAD")

    async def _take(self, scope: Scope, receive: Receive) -> Refusal | None:
        """None when the event is durable."""
        if scope["path"] != TRACKER:
            return NOT_FOUND
        if scope["method"] not in ("GET", "POST"):
            return WRONG_METHOD
        body = b"" if scope["method"] == "GET" else await read_body(dict(scope["headers"]), receive)
        if isinstance(body, Refusal):
            return body
        request = Request(scope["query_string"], body, _find_key(scope["headers"]), self._snapshot())
        for step in STEPS:
            if refusal := step(request):
                return refusal
        assert request.event is not None
        return await self._keep(request.event)

    async def _keep(self, event: Event) -> Refusal | None:
        try:
            receipt = await self._journal.append(event)
        except JournalUnavailable as error:
            return Refusal(Reason.UNAVAILABLE, (error.sentence,))
        if isinstance(receipt, Kept):
            self.counts["kept"] += 1
            return None
        if isinstance(receipt, Repeat):
            self.counts["repeat"] += 1
            return None
        return PAYMENT_REQUIRED


def _find_key(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The sender's idempotency key; Twilio sends its own with each webhook. None when there is none.
    Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides, read 2026-11."""
    found = b""
    for name, value in headers:
        if name == b"idempotency-key" and value:
            return value.decode("latin-1")
        if name == b"i-twilio-idempotency-token":
            found = value
    return found.decode("latin-1") or None


async def _answer_lifespan(receive: Receive, send: Send) -> None:
    """The journal is opened and closed by whoever made us."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
