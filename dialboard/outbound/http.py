"""HTTP to the world: https to public addresses, no redirects, limits on everything, no address in any message.

`Client` blocks and may be shared by threads; `AsyncClient` belongs to one asyncio loop. Both keep connections open and
follow the same rules. A redirect is an answer like any other: it is never followed. Proxies, .netrc and other settings
of the environment are not looked at, since a proxy would resolve names behind the check of the address.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any, Self

import httpcore
import httpx

from dialboard.errors import AddressRefused, NoAnswer, Transient
from dialboard.outbound.connect import AsyncCheckedBackend, CheckedBackend
from dialboard.outbound.exchange import Answer, AnswerTooBig, Call, Hooks, Limits

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

_KEEPALIVE_S = 5.0  # a server that closes after less is noticed before the connection is used

# These loggers print whole addresses, and Google's API secret is a part of the address.
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"):
    logging.getLogger(_name).addFilter(lambda record: False)


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
        return self._exchange(Call("GET", url, self.limits, self._allow_private, **options))

    def post(self, url: str, body: bytes = b"", **options: Any) -> Answer:
        """Like `get`, with a body; its Content-Type is among the headers."""
        return self._exchange(Call("POST", url, self.limits, self._allow_private, body=body, **options))

    def _exchange(self, call: Call) -> Answer:
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

    def _read(self, call: Call, response: httpx.Response) -> list[bytes]:
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
        return await self._exchange(Call("GET", url, self.limits, self._allow_private, **options))

    async def post(self, url: str, body: bytes = b"", **options: Any) -> Answer:
        """As `Client.post`."""
        return await self._exchange(Call("POST", url, self.limits, self._allow_private, body=body, **options))

    async def _exchange(self, call: Call) -> Answer:
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
