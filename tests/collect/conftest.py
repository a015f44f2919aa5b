"""A collector on a real journal, a sender's usual request, and a way to ask without a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import Struct

from dialboard.collect.app import TRACKER, Collector
from dialboard.collect.credentials import hash_token
from dialboard.journal import Journal, Reader, open_journal, open_reader
from dialboard.shapes.event import Grant, Sender, Snapshot

ALICE = "acc_alice"
AUTH_ID, AUTH_TOKEN = "crd_alice", "marker-secret-of-alice"

USUAL = {
    "authId": AUTH_ID,
    "authToken": AUTH_TOKEN,
    "gaid": "UA-12345-1",
    "zip": "55401",
    "hostname": "twilio.example.com",
    "path": "/voice",
    "visitorId": "CA0123456789abcdef0123456789abcdef",
    "title": "Incoming call",
    "referrer": "http://example.com/?a=b&c=d",
    "userAgent": "TwilioProxy/1.1",
    "city": "MINNEAPOLIS",
    "state": "MN",
    "country": "US",
    "c.name": "+16125551234",
    "c.source": "Twilio",
    "c.medium": "Phone",
}


def usual(**changes: str | None) -> dict[str, str]:
    """The usual request with some parameters changed, or left out when None; write c_name for c.name."""
    changed = {**USUAL, **{name.replace("c_", "c."): value for name, value in changes.items()}}
    return {name: value for name, value in changed.items() if value is not None}


def snapshot(token: str = AUTH_TOKEN) -> Snapshot:
    return Snapshot(1, {AUTH_ID: Sender(ALICE, hash_token(token))})


class Heard(Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def answer(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[str]:
        return self.answer["errors"]  # type: ignore[no-any-return]


class Sending(Struct):
    """One sender, who asks the application directly."""

    collector: Collector
    journal: Journal
    reader: Reader

    async def get(self, fields: dict[str, str] | str, **more: Any) -> Heard:
        return await self.ask("GET", fields, **more)

    async def post(self, fields: dict[str, str] | bytes, **more: Any) -> Heard:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return await self.ask("POST", more.pop("query", ""), chunks=[body], headers=headers, **more)

    async def ask(
        self,
        method: str,
        query: dict[str, str] | str | bytes = "",
        *,
        path: str = TRACKER,
        chunks: list[bytes] | None = None,
        headers: dict[str, str] | None = None,
        receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    ) -> Heard:
        if isinstance(query, dict):
            query = urlencode(query)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query if isinstance(query, bytes) else query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        }
        heard = Heard(0, {}, b"")

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                heard.status = message["status"]
                heard.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            heard.body += message.get("body", b"")

        await self.collector(scope, receive or _arriving(chunks or [b""]), send)
        return heard


def _arriving(chunks: list[bytes]) -> Callable[[], Awaitable[dict[str, Any]]]:
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    return receive


@asynccontextmanager
async def sending(path: Path, tokens: int | None = 100, journal: Journal | None = None) -> AsyncIterator[Sending]:
    own = await open_journal(str(path / "events.db"))
    await own.grant(Grant("grt_first", ALICE, tokens))
    reader = open_reader(str(path / "events.db"))
    yield Sending(Collector(journal or own, snapshot), own, reader)
    reader.close()
    await own.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Runs a story with a sender; `tokens` is what Alice was granted."""

    def running(story: Callable[[Sending], Awaitable[None]], tokens: int | None = 100) -> None:
        async def told() -> None:
            async with sending(tmp_path, tokens) as sender:
                await story(sender)

        asyncio.run(told())

    yield running
