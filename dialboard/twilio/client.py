"""Credentials -> pages. GET only; it waits and tries again as Twilio asks.

What a request may meet, and the answer to it:
    429                       nothing of this account is asked until Retry-After has passed, then again
    5xx, no answer            again, up to eight times, after longer and longer waits
    401 once                  again: Twilio's edge refuses good keys now and then
    500/20500 three times     again with half the page size, down to 50
    everything else           the error that `explain` makes of it
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import UTC, timedelta
from typing import Any, Protocol, Self
from urllib.parse import urlencode

from dialboard.errors import NoAnswer, Refused
from dialboard.outbound.http import Answer, AsyncClient, Hooks, Limits
from dialboard.outbound.http import Client as BlockingClient
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Span
from dialboard.shapes.times import write_iso
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.explain import explain, is_about_page_size
from dialboard.twilio.page import Page, read_page, with_page_size

_TWILIO = "https://api.twilio.com"
_TRIES = 8
_TRIES_429 = 40
_LONGEST_WAIT_S = 60.0
_SMALLEST_PAGE = 50
# Twilio hands out links for ever if something is wrong on its side; a week of the busiest list is far below.
_MOST_PAGES = 100_000
# A full page of calls is 2 MB, of long messages 3 MB; usage lists can take half a minute.
_LIMITS = Limits(read_timeout_s=60.0, total_timeout_s=120.0, max_bytes=50_000_000, max_connections=10)


class Http(Protocol):
    """`outbound.http.AsyncClient`, as far as it is needed here."""

    async def get(self, url: str, **options: Any) -> Answer: ...


class Gate(Protocol):
    """Who may ask now. One for all that asks the same Twilio account."""

    def turn(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Held for the length of one request; entered no earlier than every wait that was told is over."""

    def wait(self, seconds: float) -> None:
        """Nobody's turn comes for so long."""

    def left_s(self) -> float:
        """How long nobody's turn comes from now on; 0 or less when it may."""


class OpenGate:
    """Everybody's turn, except while waiting was asked for."""

    def __init__(self) -> None:
        self._until_s = 0.0

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        while (left := self.left_s()) > 0:
            await asyncio.sleep(left)
        yield

    def wait(self, seconds: float) -> None:
        self._until_s = max(self._until_s, asyncio.get_running_loop().time() + seconds)

    def left_s(self) -> float:
        return self._until_s - asyncio.get_running_loop().time()


class _NotNow(Exception):
    """A 429 to another request arrived while this one was connecting."""


class Client:
    """Reads one Twilio account: `check` blocks, `pages` belongs to an asyncio loop and wants `close` afterwards.

    `gate` is shared by all clients of that account. Private addresses are allowed for a base URL, which only the
    operator may set.
    """

    def __init__(
        self, account: TwilioAccount, http: Http | None = None, *, gate: Gate | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self.account = account
        self.base_url = (account.base_url or _TWILIO).rstrip("/")
        self._own: AsyncClient | None = None
        self._given = http
        self._gate = gate or OpenGate()
        self._sleep = sleep

    @property
    def _may_be_private(self) -> bool:
        return self.account.base_url is not None

    @property
    def _options(self) -> dict[str, Any]:
        basic = (self.account.key_sid, self.account.key_secret)
        return {"basic": basic, "headers": {"Accept": "application/json"}}

    def _wire(self) -> Http:
        # Made when it is needed: most clients only check.
        if self._own is None:
            self._own = AsyncClient(allow_private=self._may_be_private, limits=_LIMITS)
        return self._own

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections that it opened itself."""
        if self._own:
            await self._own.close()
            self._own = None

    def check(self) -> None:
        """Returns when the credentials read this account. Blocks for some seconds at the most.

        Raises BadCredentials, Refused or Transient, with the cure. It does not ask for /Accounts: a Standard key is
        refused there with the same 401 as a wrong one.
        """
        path = f"/2010-04-01/Accounts/{self.account.account_sid}/IncomingPhoneNumbers.json"
        limits = Limits(total_timeout_s=15.0)
        with BlockingClient(allow_private=self._may_be_private, limits=limits) as http:
            answer = http.get(f"{self.base_url}{path}?PageSize=1", **self._options)
            if answer.status in {401, 500, 503}:
                time.sleep(_backoff_s(1))
                answer = http.get(f"{self.base_url}{path}?PageSize=1", **self._options)
        if answer.status != 200:
            raise explain(answer, self.account.account_sid)

    async def pages(self, resource: Resource, span: Span) -> AsyncGenerator[Page, None]:
        """The pages of the list within the span, as Twilio orders them (newest first), each as soon as it is here.

        A record at the very end of the span may come too, and for lists by day, all of the span's days.
        Raises OutsideRetention, BadCredentials, Refused; Transient after trying long enough.
        """
        size = resource.page_size
        url: str | None = f"{self.base_url}{self._path(resource)}?{urlencode(_query(resource, span, size))}"
        seen: set[str] = set()
        while url is not None:
            answer, size = await self._page_answer(url, size)
            page = read_page(answer.body, resource, url, self.base_url)
            seen.add(url)
            if page.next_url in seen or len(seen) > _MOST_PAGES:
                raise Refused(f"Twilio's list of {resource.title.lower()} leads in a circle; the walk was ended.")
            yield page
            url = with_page_size(page.next_url, size) if page.next_url and size < resource.page_size else page.next_url

    def _path(self, resource: Resource) -> str:
        return resource.path.format(account_sid=self.account.account_sid)

    async def _page_answer(self, url: str, size: int) -> tuple[Answer, int]:
        """The 200 answer and the page size that got it."""
        while True:
            shrinks = size > _SMALLEST_PAGE
            answer = await self._ask(url, tries=_TRIES, tries_by_size=3 if shrinks else _TRIES)
            if answer.status == 200:
                return answer, size
            if not shrinks or not is_about_page_size(answer):
                raise explain(answer, self.account.account_sid)
            size = max(size // 2, _SMALLEST_PAGE)
            url = with_page_size(url, size)

    async def _ask(self, url: str, tries: int, tries_by_size: int = _TRIES) -> Answer:
        """The last answer after all tries, whatever its status. Raises NoAnswer when the last try got none."""
        failures = refusals = slow_downs = 0
        while True:
            try:
                answer = await self._get(url)
            except NoAnswer:
                failures += 1
                if failures >= tries:
                    raise
                await self._sleep(_backoff_s(failures))
                continue
            if answer.status == 429:
                slow_downs += 1
                if slow_downs >= _TRIES_429:
                    return answer
                if answer.retry_after_s() is None:
                    await self._sleep(_backoff_s(slow_downs))
            elif answer.status == 401 and not refusals:
                refusals += 1
                await self._sleep(_backoff_s(1))
            elif answer.status >= 500 and failures + 1 < (tries_by_size if is_about_page_size(answer) else tries):
                failures += 1
                await self._sleep(_backoff_s(failures))
            else:
                return answer

    async def _get(self, url: str) -> Answer:
        while True:
            async with self._gate.turn():
                with contextlib.suppress(_NotNow):
                    return await (self._given or self._wire()).get(url, hooks=self._hooks, **self._options)

    @property
    def _hooks(self) -> Hooks:
        return Hooks(self._check_turn, self._note_429)

    async def _check_turn(self) -> None:
        """A turn may be over before anything is sent: connecting takes three ways to Twilio and back."""
        # What has arrived already is read first, and what it says is for this request too: one round of the loop
        # finds it, the next one hands it on, the third one acts on it.
        for _ in range(4):
            await asyncio.sleep(0)
        if self._gate.left_s() > 0:
            raise _NotNow

    def _note_429(self, answer: Answer) -> None:
        # At its head: while a body is read the others would go on.
        if answer.status == 429 and (seconds := answer.retry_after_s()) is not None:
            self._gate.wait(seconds)


def _query(resource: Resource, span: Span, size: int) -> dict[str, str]:
    query = {"PageSize": str(size), **dict(resource.parameters)}
    window = resource.window
    if window is None:
        return query
    if window.grain == "day":
        last = (span.until - timedelta(microseconds=1)).astimezone(UTC)
        first_day, last_day = span.from_.astimezone(UTC).date(), last.date()
        return {**query, window.from_parameter: first_day.isoformat(), window.until_parameter: last_day.isoformat()}
    return {**query, window.from_parameter: write_iso(span.from_), window.until_parameter: write_iso(span.until)}


def _backoff_s(failures: int) -> float:
    """Seconds: 0.5 to 1, 1 to 2, 2 to 4 ... at most a minute; by chance, so that many clients do not come at once."""
    return float(min(2**failures * random.uniform(0.25, 0.5), _LONGEST_WAIT_S))
