"""The pages as an ASGI application: what a proxy says is believed where it may be, and Django answers.

Over WSGI in a few threads, for Django's own ASGI handler shows a fifth of the pages a second.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from a2wsgi import WSGIMiddleware

from dialboard.errors import BadSetting

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PAGE_THREADS = 4  # enough for pages that wait for the store
_TEMPLATES = Path(__file__).parent / "templates"
_FORWARDED = b"x-forwarded-"
_KEPT_IN_QUERIES = "%&=+;/?:@!$'()*,-._~"


def application(trusted_proxies: Sequence[str] = ()) -> App:
    """Answers requests whose body is there as a whole. Raises BadSetting for a proxy that is no address or network."""
    from django.core.handlers.wsgi import WSGIHandler

    _warm_up()
    bridge = WSGIMiddleware(cast(Any, WSGIHandler()), workers=PAGE_THREADS)
    return behind_proxies(_bridged(bridge), trusted_proxies)


def _warm_up() -> None:
    """Loads what Django leaves to the first visitor, who would wait for 0.2 s."""
    from django.template.loader import get_template

    import_module("dialboard.web.urls")
    for file in _TEMPLATES.rglob("*.html"):
        get_template(str(file.relative_to(_TEMPLATES)))


def _bridged(bridge: Any) -> App:
    """The bridge to WSGI, given what it takes: ASCII only, and not everybody who sends something is a browser."""

    async def bridged(scope: Scope, receive: Receive, send: Send) -> None:
        query = quote(scope["query_string"], safe=_KEPT_IN_QUERIES).encode()
        await bridge({**scope, "query_string": query}, receive, send)

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
    told: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name.startswith(_FORWARDED):  # several lines mean the same as one with commas
            told[name] = f"{told[name]},{value.decode('latin-1')}" if name in told else value.decode("latin-1")
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(_FORWARDED)]
    seen = {**scope, "headers": headers}
    if not told or not _is_trusted(_address((scope.get("client") or ("",))[0]), trusted):
        return seen
    if visitor := _visitor(told.get(b"x-forwarded-for", ""), trusted):
        seen["client"] = (str(visitor), 0)
    if (scheme := _nearest(told.get(b"x-forwarded-proto", "")).lower()) in ("http", "https"):
        seen["scheme"] = scheme
    if host := _nearest(told.get(b"x-forwarded-host", "")):
        others = [(name, value) for name, value in headers if name != b"host"]
        seen["headers"] = [*others, (b"host", host.encode("latin-1"))]
    return seen


def _visitor(chain: str, trusted: Sequence[Network]) -> Address | None:
    """The last address of the chain that is no proxy of ours: what stands before it, anybody can have written. None
    when it ends in something that is no address."""
    for part in reversed(chain.split(",")):
        address = _address(part.strip())
        if not _is_trusted(address, trusted):
            return address
    return None


def _nearest(values: str) -> str:
    """Of several proxies' words, the nearest one's."""
    return values.rpartition(",")[2].strip()


def _address(text: str) -> Address | None:
    """None when it is none. Some proxies write the port too, as in 203.0.113.9:51234 and [2001:db8::9]:51234."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket for IPv6 and IPv4 at once gives IPv4 addresses as ::ffff:192.0.2.7.
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
