"""One port for senders and people: the tracker goes to the collector, everything else to Django.

Django answers over WSGI in a few threads, for its own ASGI handler shows a fifth of the pages a second and makes the
collector beside it wait several times as long. No layer of Django is on the way of an event.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast
from urllib.parse import quote

from a2wsgi import WSGIMiddleware

from dialboard.collect.app import HEALTH, TRACKER
from dialboard.errors import BadSetting

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Enough for pages that wait for the store, few enough that Python's threads leave the collector its turns.
PAGE_THREADS = 4
_KEPT_IN_QUERIES = "%&=+;/?:@!$'()*,-._~"


def application(collector: App, trusted_proxies: Sequence[str] = ()) -> App:
    """The whole of what serving answers. Raises BadSetting for a proxy that is no address or network."""
    from django.core.handlers.wsgi import WSGIHandler

    bridge = WSGIMiddleware(cast(Any, WSGIHandler()), workers=PAGE_THREADS)
    pages = behind_proxies(_bridged(bridge), trusted_proxies)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in (TRACKER, HEALTH):
            await collector(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return dispatch


def _bridged(bridge: Any) -> App:
    """The bridge to WSGI, given what it takes."""

    async def bridged(scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_in_a_coroutine() -> dict[str, Any]:
            # The bridge starts it from another thread, which takes a coroutine; the server's own is an awaitable.
            return await receive()

        # WSGI takes ASCII only, and not everybody who sends something is a browser.
        ascii_only = {**scope, "query_string": quote(scope["query_string"], safe=_KEPT_IN_QUERIES).encode()}
        await bridge(ascii_only, receive_in_a_coroutine, send)

    return bridged


def behind_proxies(app: App, trusted_proxies: Sequence[str]) -> App:
    """Believes X-Forwarded-For, -Proto and -Host of those addresses and networks, and of nobody else."""
    trusted = [_network(text) for text in trusted_proxies]

    async def forwarded(scope: Scope, receive: Receive, send: Send) -> None:
        await app(_as_the_proxy_saw_it(scope, trusted), receive, send)

    return forwarded


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise BadSetting("DIALBOARD_TRUSTED_PROXIES", text, "addresses or networks such as 10.0.0.0/8") from error


def _as_the_proxy_saw_it(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """The scope with the visitor's own address, scheme and host; without forwarded headers where none is believed."""
    told = {name: value.decode("latin-1") for name, value in scope["headers"] if name.startswith(b"x-forwarded-")}
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(b"x-forwarded-")]
    seen = {**scope, "headers": headers}
    if not told or not _is_trusted((scope.get("client") or ("",))[0], trusted):
        return seen
    if visitor := _visitor(told.get("x-forwarded-for", ""), trusted):
        seen["client"] = (visitor, 0)
    if (scheme := _nearest(told.get("x-forwarded-proto", "")).lower()) in ("http", "https"):
        seen["scheme"] = scheme
    if host := _nearest(told.get("x-forwarded-host", "")):
        others = [(name, value) for name, value in headers if name != b"host"]
        seen["headers"] = [*others, (b"host", host.encode("latin-1"))]
    return seen


def _visitor(chain: str, trusted: Sequence[Network]) -> str | None:
    """The last address of the chain that is no proxy of ours: what stands before it, anybody can have written."""
    for address in reversed([part.strip() for part in chain.split(",")]):
        if address and not _is_trusted(address, trusted):
            return address
    return None


def _nearest(values: str) -> str:
    """Of several proxies' words, the nearest one's."""
    return values.rpartition(",")[2].strip()


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)
