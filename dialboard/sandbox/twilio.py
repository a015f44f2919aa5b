"""Plays api.twilio.com, 2010-04-01: Calls, Messages, Usage records, what a connection check needs, and its bad days.

    GET  /2010-04-01/Accounts/{sid}/Calls.json, Messages.json, Usage/Records/Daily.json, Today.json, Yesterday.json,
         IncomingPhoneNumbers.json, Balance.json, Keys.json; /2010-04-01/Accounts/{sid}.json
    GET  /sandbox/counts     how often it was asked, and how politely, see `Counts`
    POST /sandbox/behave     how to answer from now on, see `Behaviour`; only the named fields change
    POST /sandbox/forget     counts from zero and behaves again

Basic auth with the account's SID and an API key; a Standard key is refused at Accounts and Keys as the real one is.
Source: Twilio's OpenAPI files 2.6.7 and the manual's pages on paging, errors and keys, read 2026-11.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from dialboard.sandbox import twilio_lists as lists
from dialboard.sandbox.story import Story
from dialboard.sandbox.story.world import NUMBERS
from dialboard.sandbox.twilio_lists import Page, Trouble
from dialboard.shapes.times import write_rfc2822

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]

_DEFAULT_SIZE, _MAX_SIZE = 50, 1000
# A request may be on its way while the 429 is on its way to the sender; no sender can know of it yet.
_ON_ITS_WAY_S = 0.05


class Behaviour(Struct, kw_only=True, forbid_unknown_fields=True):
    """How to answer. `every_N` makes every n-th request for a list fail so; 0 never."""

    latency_ms: float = 0.0  # before each answer
    per_record_us: float = 0.0  # on top, for each record
    every_401: int = 0
    every_404: int = 0
    every_429: int = 0
    every_500: int = 0
    every_503: int = 0
    fail_next: int = 0  # so many requests from now on are answered with 500
    retry_after_s: float | None = 1.0  # said with a 429; None says nothing
    concurrent_requests: int = 0  # more at once are answered with 429; 0 is any number
    page_size_max: int = 0  # larger pages are answered with 500, code 20500, as busy usage lists do
    retention_days: int = 400  # of messages
    repeat_page: bool = False  # the next link leads to the same page again


class Counts(Struct, kw_only=True):
    """`inside_retry_after` counts requests that came while a Retry-After ran. `pages` are answers with records."""

    requests: int = 0
    pages: int = 0
    records: int = 0
    refused: int = 0
    inside_retry_after: int = 0
    most_at_once: int = 0
    by_path: dict[str, int] = {}
    by_status: dict[int, int] = {}


class TwilioSandbox:
    """The ASGI app. It lives at the clock's time: 90 days ago to now, and on."""

    def __init__(
        self, story: Story, *, key_sid: str | None = None, key_secret: str | None = None,
        key_kind: Literal["standard", "main"] = "standard", clock: Callable[[], datetime] | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:  # fmt: skip
        self.story = story
        self.account_sid = story.account_sid
        self.key_sid = key_sid or "SK" + _hex(story.seed, "key")
        self.key_secret = key_secret or _hex(story.seed, "secret")
        self.key_kind = key_kind
        self.clock = clock or (lambda: datetime.now(UTC))
        self.behaviour = behaviour or Behaviour()
        self.counts = Counts()
        self._at_once = 0
        self._asked = 0  # requests for a list
        self._quiet = (0.0, 0.0)  # when the last Retry-After begins and ends

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            return None
        path = scope["path"]
        if path.startswith("/sandbox/"):
            return await self._control(scope["method"], path, receive, send)
        self._at_once += 1
        try:
            status, body, headers = await self._answer(scope)
        finally:
            self._at_once -= 1
        return await _send(send, status, body, headers)

    async def _answer(self, scope: _Scope) -> tuple[int, bytes, dict[str, str]]:
        counts, path = self.counts, scope["path"]
        counts.requests += 1
        counts.by_path[path] = counts.by_path.get(path, 0) + 1
        counts.most_at_once = max(counts.most_at_once, self._at_once)
        now_s = asyncio.get_running_loop().time()
        if self._quiet[0] <= now_s < self._quiet[1]:
            counts.inside_retry_after += 1
        headers = {
            "twilio-concurrent-requests": str(self._at_once),
            "twilio-request-id": f"RQ{_hex(self.story.seed, f'request {counts.requests}')}",
        }
        try:
            status, answer = 200, await self._find(scope)
        except Trouble as trouble:
            status, answer = trouble.status, _error(trouble)
            counts.refused += 1
            headers |= trouble.headers
        counts.by_status[status] = counts.by_status.get(status, 0) + 1
        body = msgspec.json.encode(answer)
        headers["twilio-request-duration"] = f"{asyncio.get_running_loop().time() - now_s:.3f}"
        return status, body, headers

    async def _find(self, scope: _Scope) -> dict[str, Any]:
        """1 credentials, 2 the bad day, 3 time passes, 4 the answer."""
        asked = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self._check_credentials(scope)
        if scope["method"] != "GET":
            raise Trouble(405, 20004, "Method not allowed")
        self._stumble(asked)
        await asyncio.sleep(self.behaviour.latency_ms / 1000)
        answer = self._route(scope["path"], asked)
        records = next((value for value in answer.values() if isinstance(value, list)), [])
        self.counts.pages += "page_size" in answer
        self.counts.records += len(records)
        await asyncio.sleep(len(records) * self.behaviour.per_record_us / 1e6)
        return answer

    def _check_credentials(self, scope: _Scope) -> None:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        wanted = b"Basic " + base64.b64encode(f"{self.key_sid}:{self.key_secret}".encode())
        if not hmac.compare_digest(given, wanted):
            raise Trouble(401, 20003, "Authenticate")

    def _stumble(self, asked: Mapping[str, str]) -> None:
        behaviour = self.behaviour
        if behaviour.concurrent_requests and self._at_once > behaviour.concurrent_requests:
            raise self._too_many()
        if behaviour.fail_next:
            behaviour.fail_next -= 1
            raise Trouble(500, 20500, "Internal Server Error")
        if behaviour.page_size_max and _size(asked) > behaviour.page_size_max:
            raise Trouble(500, 20500, "Internal Server Error")
        self._asked += 1
        if _is_turn(self._asked, behaviour.every_429):
            raise self._too_many()
        if _is_turn(self._asked, behaviour.every_401):
            raise Trouble(401, 20003, "Authenticate")
        if _is_turn(self._asked, behaviour.every_404):
            raise Trouble(404, 20404, "The requested resource was not found")
        if _is_turn(self._asked, behaviour.every_500):
            raise Trouble(500, 20500, "Internal Server Error")
        if _is_turn(self._asked, behaviour.every_503):
            raise Trouble(503, 20503, "Service Unavailable")

    def _too_many(self) -> Trouble:
        seconds = self.behaviour.retry_after_s
        if seconds is not None:
            now_s = asyncio.get_running_loop().time()
            begin, end = self._quiet
            # Another 429 in the meantime makes it longer and does not begin it anew.
            begin = begin if now_s < end else now_s + _ON_ITS_WAY_S
            self._quiet = (begin, max(end, now_s + seconds))
        said = {} if seconds is None else {"retry-after": f"{seconds:g}"}
        return Trouble(429, 20429, "Too many concurrent requests", said)

    def _route(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        prefix = f"/2010-04-01/Accounts/{self.account_sid}"
        if path in ("/2010-04-01/Accounts.json", f"{prefix}.json", f"{prefix}/Keys.json"):
            return self._for_main_keys(path)
        find = _LISTS.get(path.removeprefix(prefix + "/"))
        if not path.startswith(prefix + "/") or find is None:
            raise Trouble(404, 20404, f"The requested resource {path} was not found")
        return find(self, path, asked)

    def _for_main_keys(self, path: str) -> dict[str, Any]:
        if self.key_kind == "standard":
            raise Trouble(401, 20003, "Authenticate")
        account = {"sid": self.account_sid, "friendly_name": "Harbor Dental", "status": "active", "type": "Full"}
        if path.endswith(f"{self.account_sid}.json"):
            return account
        key = "keys" if path.endswith("Keys.json") else "accounts"
        return lists.envelope(path, {}, key, Page([account] if key == "accounts" else [], None), _DEFAULT_SIZE)

    def _calls(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        page = lists.calls(self.story, self.clock(), asked, _size(asked))
        return self._enveloped(path, asked, "calls", page)

    def _messages(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        lists.check_retention(asked, self.clock(), self.behaviour.retention_days)
        page = lists.messages(self.story, self.clock(), asked, _size(asked))
        return self._enveloped(path, asked, "messages", page)

    def _daily(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        page = lists.usage(self.story, self.clock(), asked, _size(asked))
        return self._enveloped(path, asked, "usage_records", page)

    def _one_day(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        at = self.clock() - timedelta(days=path.endswith("Yesterday.json"))
        day = at.astimezone(UTC).date().isoformat()
        return self._daily(path, {**asked, "StartDate": day, "EndDate": day})

    def _numbers(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        size = _size(asked)
        records = [self._number(number.number, number.name, sid) for number, sid in self._owned()]
        return self._enveloped(path, asked, "incoming_phone_numbers", Page(records[:size], None))

    def _owned(self) -> Any:
        return zip(NUMBERS, self.story.number_sids, strict=True)

    def _number(self, number: str, name: str, sid: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "account_sid": self.account_sid,
            "friendly_name": name,
            "phone_number": number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "date_created": write_rfc2822(self.story.now - timedelta(days=self.story.days)),
            "origin": "twilio",
            "status": "in-use",
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/IncomingPhoneNumbers/{sid}.json",
        }

    def _balance(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        return {"account_sid": self.account_sid, "balance": "412.58000", "currency": "USD"}

    def _enveloped(self, path: str, asked: Mapping[str, str], key: str, page: Page) -> dict[str, Any]:
        answer = lists.envelope(path, asked, key, page, _size(asked))
        if self.behaviour.repeat_page:
            answer["next_page_uri"] = answer["uri"]
        return answer

    async def _control(self, method: str, path: str, receive: _Receive, send: _Send) -> None:
        if (method, path) == ("GET", "/sandbox/counts"):
            return await _send(send, 200, msgspec.json.encode(self.counts), {})
        if (method, path) == ("POST", "/sandbox/forget"):
            self.counts, self.behaviour, self._asked, self._quiet = Counts(), Behaviour(), 0, (0.0, 0.0)
            return await _send(send, 200, b"{}", {})
        if (method, path) == ("POST", "/sandbox/behave"):
            status, body = self._behave(await _body(receive))
            return await _send(send, status, body, {})
        return await _send(send, 404, b'{"error": "the sandbox has counts, behave and forget"}', {})

    def _behave(self, body: bytes) -> tuple[int, bytes]:
        try:
            wanted = msgspec.json.decode(body or b"{}")
            self.behaviour = msgspec.convert({**msgspec.to_builtins(self.behaviour), **wanted}, Behaviour)
        except (msgspec.MsgspecError, TypeError) as error:
            return 400, msgspec.json.encode({"error": str(error)})
        return 200, msgspec.json.encode(self.behaviour)


_LISTS: dict[str, Callable[[TwilioSandbox, str, Mapping[str, str]], dict[str, Any]]] = {
    "Calls.json": TwilioSandbox._calls,
    "Messages.json": TwilioSandbox._messages,
    "Usage/Records/Daily.json": TwilioSandbox._daily,
    "Usage/Records/Today.json": TwilioSandbox._one_day,
    "Usage/Records/Yesterday.json": TwilioSandbox._one_day,
    "IncomingPhoneNumbers.json": TwilioSandbox._numbers,
    "Balance.json": TwilioSandbox._balance,
}


def _size(asked: Mapping[str, str]) -> int:
    text = asked.get("PageSize", str(_DEFAULT_SIZE))
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_SIZE:
        raise Trouble(400, 20001, f"Invalid PageSize '{text}': between 1 and {_MAX_SIZE}")
    return int(text)


def _is_turn(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def _error(trouble: Trouble) -> dict[str, Any]:
    return {
        "code": trouble.code,
        "message": trouble.message,
        "more_info": f"https://www.twilio.com/docs/errors/{trouble.code}",
        "status": trouble.status,
    }


def _hex(seed: int, what: str) -> str:
    return hashlib.blake2b(f"{seed}/{what}".encode(), digest_size=16).hexdigest()


async def _body(receive: _Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _send(send: _Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    given = {"content-type": "application/json;charset=utf-8", **headers, "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
