"""HTTP to the world: https to public addresses, no redirects, limits on everything, no address in any message.

`Client` blocks and may be shared by threads; `AsyncClient` belongs to one asyncio loop. Both keep connections open and
follow the same rules. A redirect is an answer like any other: it is never followed. Proxies, .netrc and other settings
of the environment are not looked at, since a proxy would resolve names behind the check of the address.
"""

import asyncio
import base64
import logging
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Self
from urllib.parse import urlencode

import httpcore
import httpx
from msgspec import Struct

from dialboard import __version__
from dialboard.errors import AddressRefused, NoAnswer, Refused, Transient
from dialboard.outbound.address import check_url
from dialboard.outbound.connect import AsyncCheckedBackend, CheckedBackend

__all__ = [
    "AddressRefused",
    "Answer",
    "AnswerTooBig",
    "AsyncClient",
    "Client",
    "Hooks",
    "Limits",
    "NoAnswer",
    "Transient",
]

USER_AGENT = f"Dialboard/{__version__}"

_KEEPALIVE_S = 5.0  # a server that closes after less is noticed before the connection is used

# These loggers print whole addresses, and Google's API secret is a part of the address.
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"):
    logging.getLogger(_name).addFilter(lambda record: False)


class AnswerTooBig(Refused):
    """The answer is larger than we are willing to read."""


class Limits(Struct, frozen=True, kw_only=True):
    """How long and how much one request may take; `total_timeout_s` is for all of it, to the last byte."""

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 15.0  # between two pieces of the answer
    total_timeout_s: float = 60.0
    max_bytes: int = 20_000_000  # of the answer's body, unpacked
    max_connections: int = 20


class Answer(Struct, frozen=True):
    """What came back. Header names are in lower case. `complete` is False when the body was cut at the limit."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool = True

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def retry_after_s(self, now: datetime | None = None) -> float | None:
        """Seconds to wait, from Retry-After in seconds or as a date; None without a usable one."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        if when.tzinfo is None:  # RFC 5322's "-0000": UTC of an unknown place
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


class Hooks(Struct, frozen=True):
    """For whoever shares a limit between several requests; only `AsyncClient` knows them."""

    before_sending: Callable[
        [], Awaitable[None]
    ]  # the connection is there, and nothing was sent; what it raises is raised
    at_head: Callable[[Answer], None]  # status and headers as soon as they are here, before the body


class _Call:
    """One request with what has to be remembered while it runs."""

    def __init__(
        self,
        method: str,
        url: str,
        limits: Limits,
        allow_private: bool,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        basic: tuple[str, str] | None = None,
        cut: bool = False,
        hooks: Hooks | None = None,
    ) -> None:
        self.host = check_url(url, allow_private=allow_private).hostname or ""
        self.limits = limits
        self.cut = cut
        self.hooks = hooks
        self.sent = False
        self.ends_at = time.monotonic() + limits.total_timeout_s
        self.request = _request(method, _with_query(url, query), _headers(headers, basic), body)
        self.request.extensions["timeout"] = {
            "connect": limits.connect_timeout_s,
            "read": limits.read_timeout_s,
            "write": limits.read_timeout_s,
            "pool": limits.total_timeout_s,
        }

    def note(self, step: str, details: Mapping[str, Any]) -> None:
        # Nobody acts on half a request: before its body begins (a GET's is empty) it cannot have had an effect.
        if step == "http11.send_request_body.started":
            self.sent = True

    async def note_async(self, step: str, details: Mapping[str, Any]) -> None:
        self.note(step, details)
        if self.hooks and step == "http11.send_request_headers.started":
            await self.hooks.before_sending()
        if self.hooks and step == "http11.receive_response_headers.complete":
            _, status, _, headers = details["return_value"]
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
            self.hooks.at_head(Answer(status, told, b""))

    def check_time(self) -> None:
        if time.monotonic() > self.ends_at:
            raise httpx.ReadTimeout("the answer took too long")

    def answer(self, response: httpx.Response, pieces: list[bytes]) -> Answer:
        body = b"".join(pieces)
        complete = len(body) <= self.limits.max_bytes
        if not complete and not self.cut:
            raise AnswerTooBig(f"The answer of {self.host} is larger than {self.limits.max_bytes} bytes.")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body[: self.limits.max_bytes], complete)

    def problem(self, error: Exception) -> NoAnswer:
        """The error in words that hold the host and nothing else of the address."""
        if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
            return NoAnswer(f"{self.host} could not be reached in time.", sent=False)
        if isinstance(error, httpx.ConnectError):
            return NoAnswer(f"{self.host} could not be reached: {_cause(error)}.", sent=False)
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return NoAnswer(f"{self.host} did not answer in time.", sent=self.sent)
        if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
            return NoAnswer(f"{self.host} sent an answer that is broken off or damaged.", sent=self.sent)
        return NoAnswer(f"The connection to {self.host} broke.", sent=self.sent)


class Client:
    """Blocks; threads may share it. Close it, or use it in a `with`.

    Each connection has a transport of its own that one thread uses at a time: in a pool that threads share, httpcore
    may close an idle connection at the very moment another thread takes it.
    """

    def __init__(self, *, allow_private: bool = False, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._allow_private = allow_private
        self._room = threading.Semaphore(self.limits.max_connections)
        self._idle: list[httpx.HTTPTransport] = []  # the last one used is the first to be used again

    def get(self, url: str, **options: Any) -> Answer:
        """The answer, whatever its status. Options: query, headers, basic (name, password), cut.

        Raises AddressRefused; NoAnswer, which says whether the request was sent; AnswerTooBig, unless `cut`.
        """
        return self._exchange(_Call("GET", url, self.limits, self._allow_private, **options))

    def post(self, url: str, body: bytes = b"", **options: Any) -> Answer:
        """Like `get`, with a body; its Content-Type is among the headers."""
        return self._exchange(_Call("POST", url, self.limits, self._allow_private, body=body, **options))

    def _exchange(self, call: _Call) -> Answer:
        call.request.extensions["trace"] = call.note
        try:
            with self._transport() as transport:
                response = transport.handle_request(call.request)
                try:
                    return call.answer(response, self._read(call, response))
                finally:
                    response.close()
        except httpx.HTTPError as error:
            problem = call.problem(error)
        raise problem  # outside of the except: httpx's errors carry the request, and with it the address

    @contextmanager
    def _transport(self) -> Iterator[httpx.HTTPTransport]:
        if not self._room.acquire(timeout=self.limits.total_timeout_s):
            raise httpx.PoolTimeout("every connection is in use")
        try:
            try:
                transport = self._idle.pop()
            except IndexError:
                transport = _transport(self._allow_private)
            try:
                yield transport
            except BaseException:
                transport.close()
                raise
            self._idle.append(transport)
        finally:
            self._room.release()

    def _read(self, call: _Call, response: httpx.Response) -> list[bytes]:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            call.check_time()
            pieces.append(piece)
            size += len(piece)
            if size > self.limits.max_bytes:
                break
        return pieces

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class AsyncClient:
    """The same for an asyncio loop; any number of requests at once, up to `max_connections` on the wire."""

    def __init__(self, *, allow_private: bool = False, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._allow_private = allow_private
        self._room = asyncio.Semaphore(self.limits.max_connections)
        # One connection each as well: httpcore polls every idle connection of a pool at every request.
        self._idle: list[httpx.AsyncHTTPTransport] = []

    async def get(self, url: str, **options: Any) -> Answer:
        """As `Client.get`, with the option `hooks`."""
        return await self._exchange(_Call("GET", url, self.limits, self._allow_private, **options))

    async def post(self, url: str, body: bytes = b"", **options: Any) -> Answer:
        """As `Client.post`."""
        return await self._exchange(_Call("POST", url, self.limits, self._allow_private, body=body, **options))

    async def _exchange(self, call: _Call) -> Answer:
        call.request.extensions["trace"] = call.note_async
        try:
            async with asyncio.timeout(self.limits.total_timeout_s), self._room, self._transport() as transport:
                response = await transport.handle_async_request(call.request)
                try:
                    return call.answer(response, await self._read(response))
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            problem = call.problem(error)
        raise problem

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        transport = self._idle.pop() if self._idle else _async_transport(self._allow_private)
        try:
            yield transport
        except BaseException:
            await transport.aclose()
            raise
        self._idle.append(transport)

    async def _read(self, response: httpx.Response) -> list[bytes]:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > self.limits.max_bytes:
                break
        return pieces

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


def _transport(allow_private: bool) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=_tls(), trust_env=False)
    # httpx has no parameter for the backend; everything else of its transport is wanted.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_tls(),
        max_connections=1,
        keepalive_expiry=_KEEPALIVE_S,
        network_backend=CheckedBackend(allow_private=allow_private),
    )
    return transport


def _async_transport(allow_private: bool) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=_tls(),
        max_connections=1,
        keepalive_expiry=_KEEPALIVE_S,
        network_backend=AsyncCheckedBackend(allow_private=allow_private),
    )
    return transport


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes 20 ms and 1 MB: once a process, not once a client.
    return httpx.create_ssl_context(trust_env=False)


def _request(method: str, url: str, headers: dict[str, str], body: bytes | None) -> httpx.Request:
    try:
        return httpx.Request(method, url, headers=headers, content=body)
    except httpx.InvalidURL:
        pass
    raise AddressRefused("This address holds characters that no web address has.")


def _with_query(url: str, query: Mapping[str, str] | None) -> str:
    url = url.partition("#")[0]
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def _headers(headers: Mapping[str, str] | None, basic: tuple[str, str] | None) -> dict[str, str]:
    given = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip", **(headers or {})}
    if basic:
        given["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    return given


def _cause(error: BaseException) -> str:
    """What stood in the way, in a few words: the errors of libraries below carry it as their cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS here"
        if isinstance(cause, ConnectionRefusedError):
            return "it refused the connection"
        cause = cause.__cause__ or cause.__context__
    return "the name could not be resolved" if "resolved" in str(error) else "the connection failed"
