"""The collector: a raw ASGI application, for every layer on the way of each event costs.

A framework here takes two to ten times as long as all that is done below. Nothing logs the query string or the body:
they carry the sender's token.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from dialboard.collect import answer
from dialboard.collect.answer import Send
from dialboard.collect.body import Receive, read_body
from dialboard.collect.refusal import FAILED, NOT_FOUND, PAYMENT_REQUIRED, WRONG_METHOD, Reason, Refusal
from dialboard.collect.request import read
from dialboard.errors import JournalUnavailable
from dialboard.journal import Journal
from dialboard.shapes.event import Event, Kept, Receipt, Repeat, Snapshot

log = logging.getLogger(__name__)

TRACKER = "/2011-1-1/twilio-tracker"
HEALTH = "/healthz"

Scope = dict[str, Any]


class Collector:
    """`counts`: the requests by what became of them: "kept", "repeat" or a Reason."""

    def __init__(self, journal: Journal, snapshot: Callable[[], Snapshot]) -> None:
        self._journal = journal
        self._snapshot = snapshot
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The usual request waits in this coroutine and in the journal's: each one more would cost it at every turn."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            return await self._answer_other(scope, receive, send)
        try:
            is_get = scope["method"] == "GET"
            told = self._read(scope) if is_get else await self._read_form(scope, receive)
            refusal = self._count(await self._journal.append(told)) if isinstance(told, Event) else told
        except JournalUnavailable as error:
            refusal = Refusal(Reason.UNAVAILABLE, (error.sentence,))
        except Exception as error:
            refusal = _failed(error)
        if refusal is not None:
            return await self._refuse(refusal, scope, send)
        await send(answer.OK.start)
        await send(answer.OK.body)

    def _read(self, scope: Scope, body: bytes = b"") -> Event | Refusal:
        if scope["path"] != TRACKER:
            return NOT_FOUND
        return read(scope["query_string"], body, _find_key(scope["headers"]), self._snapshot())

    async def _read_form(self, scope: Scope, receive: Receive) -> Event | Refusal:
        if scope["path"] != TRACKER:
            return NOT_FOUND
        if scope["method"] != "POST":
            return WRONG_METHOD
        body = await read_body(scope["headers"], receive)
        if not isinstance(body, Refusal):
            return self._read(scope, body)
        # Credentials first, though all that could be read of them is the query's; with the reason why that was all.
        told = self._read(scope) if body.status == 400 else body
        if isinstance(told, Refusal) and told.reason is Reason.CREDENTIALS and body.reason is not Reason.GONE:
            return Refusal(told.reason, told.errors + body.errors)
        return body

    def _count(self, receipt: Receipt) -> Refusal | None:
        """None when the event is durable, now or since an earlier request with its key."""
        if type(receipt) is Kept:
            self.counts["kept"] += 1
            return None
        if type(receipt) is Repeat:
            self.counts["repeat"] += 1
            return None
        return PAYMENT_REQUIRED

    async def _refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        self.counts[refusal.reason] += 1
        if refusal.reason is not Reason.GONE:
            await answer.refuse(refusal).send(send, with_body=scope["method"] != "HEAD")

    async def _answer_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
        elif scope["type"] != "http":
            raise RuntimeError(f"The collector answers http, not {scope['type']}.")
        else:
            healthy = self._journal.can_append()
            await (answer.HEALTHY if healthy else answer.UNHEALTHY).send(send, with_body=scope["method"] != "HEAD")


def _failed(error: Exception) -> Refusal:
    # The traceback without the error's own text, in which a sender's values may stand.
    log.error(
        "collector failed: %s\n%s",
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
        extra={"action": "collector_failed"},
    )
    return FAILED


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
