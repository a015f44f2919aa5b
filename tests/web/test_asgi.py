"""What stands before the pages: what a proxy says, and what browsers do not send."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from django.template import engines

from dialboard.errors import BadSetting
from dialboard.web.asgi import application, behind_proxies

Headers = dict[str, str] | Sequence[tuple[str, str]]


def seen(client: str | None, headers: Headers, trusted: tuple[str, ...] = ("10.0.0.0/8", "192.0.2.7", "::1")) -> Any:
    """The visitor, the scheme and the host that the pages see; None for what is not there."""
    scopes: list[dict[str, Any]] = []

    async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append(scope)

    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (client, 4711) if client else None,
        "headers": [(b"host", b"inside:8000"), *((name.encode(), value.encode("latin-1")) for name, value in pairs)],
    }
    asyncio.run(behind_proxies(page, trusted)(scope, None, None))  # type: ignore[arg-type]
    [found] = scopes
    assert not [name for name, _ in found["headers"] if name.startswith(b"x-forwarded")], "no page sees them raw"
    hosts = [value.decode() for name, value in found["headers"] if name == b"host"]
    return found["client"] and found["client"][0], found["scheme"], hosts


INSIDE = ("http", ["inside:8000"])


@pytest.mark.parametrize(
    ("client", "headers", "expected"),
    [
        # Told by a trusted proxy: by its address, by its network, in IPv6, and in IPv6's way of writing IPv4.
        ("192.0.2.7", {"x-forwarded-for": "203.0.113.9"}, ("203.0.113.9", *INSIDE)),
        ("10.1.2.3", {"x-forwarded-for": "203.0.113.9"}, ("203.0.113.9", *INSIDE)),
        ("::1", {"x-forwarded-for": "2001:db8::9"}, ("2001:db8::9", *INSIDE)),
        ("::ffff:10.1.2.3", {"x-forwarded-for": "203.0.113.9"}, ("203.0.113.9", *INSIDE)),
        ("10.1.2.3", {"x-forwarded-proto": "https"}, ("10.1.2.3", "https", ["inside:8000"])),
        ("10.1.2.3", {"x-forwarded-proto": "HTTPS"}, ("10.1.2.3", "https", ["inside:8000"])),
        ("10.1.2.3", {"x-forwarded-host": "dialboard.example.com"}, ("10.1.2.3", "http", ["dialboard.example.com"])),
        # Told by anybody else, or by nobody known.
        ("203.0.113.5", {"x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https"}, ("203.0.113.5", *INSIDE)),
        ("192.0.2.8", {"x-forwarded-host": "evil.example.com"}, ("192.0.2.8", *INSIDE)),
        (None, {"x-forwarded-for": "10.9.9.9"}, (None, *INSIDE)),
        ("no address", {"x-forwarded-for": "10.9.9.9"}, ("no address", *INSIDE)),
        # A chain: the last that is no proxy of ours; what the visitor wrote before it counts for nothing.
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.9, 10.0.0.2"}, ("203.0.113.9", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.1, 203.0.113.9, 10.0.0.3,10.0.0.2"}, ("203.0.113.9", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-for": "10.6.6.6, 203.0.113.9"}, ("203.0.113.9", *INSIDE)),
        ("10.0.0.1", [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.0.0.2")], ("203.0.113.9", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-for": "10.0.0.2"}, ("10.0.0.1", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-proto": "http, https"}, ("10.0.0.1", "https", ["inside:8000"])),
        ("10.0.0.1", {"x-forwarded-host": "evil.example, ok.example"}, ("10.0.0.1", "http", ["ok.example"])),
        # Nonsense is not believed.
        ("10.0.0.1", {"x-forwarded-for": "", "x-forwarded-proto": "gopher"}, ("10.0.0.1", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-host": " "}, ("10.0.0.1", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-for": "unknown, , <script>"}, ("10.0.0.1", *INSIDE)),
        # Proxies that write the port too.
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.9:51234"}, ("203.0.113.9", *INSIDE)),
        ("10.0.0.1", {"x-forwarded-for": "[2001:db8::9]:51234"}, ("2001:db8::9", *INSIDE)),
    ],
)  # fmt: skip
def test_what_a_proxy_says_is_believed_when_it_is_ours(client: str | None, headers: Headers, expected: Any) -> None:
    assert seen(client, headers) == expected


def test_without_trusted_proxies_nobody_is_believed() -> None:
    headers = {"x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example.com"}
    assert seen("127.0.0.1", headers, ()) == ("127.0.0.1", *INSIDE)


@pytest.mark.parametrize("text", ["proxy.example.com", "10.0.0.0/33", "1.2.3", "*"])
def test_a_proxy_that_is_no_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadSetting, match="DIALBOARD_TRUSTED_PROXIES") as found:
        behind_proxies(None, [text])  # type: ignore[arg-type]
    assert text in found.value.sentence and "10.0.0.0/8" in found.value.sentence


def test_the_first_visitor_finds_every_template_loaded():
    Asgi()
    loader = engines["django"].engine.template_loaders[0]
    assert {"board.html", "sign_in.html", "parts/field.html"} <= {str(name) for name in loader.get_template_cache}  # type: ignore[attr-defined]


class Answered:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Asgi:
    """The whole application."""

    def __init__(self) -> None:
        self.app = application(["192.0.2.7"])

    def ask(self, method: str, path: str, query: bytes = b"", body: bytes = b"", headers: Headers = ()) -> Answered:
        return asyncio.run(self.exchange(self.scope(method, path, query, headers), body))

    def scope(self, method: str, path: str, query: bytes = b"", headers: Headers = ()) -> dict[str, Any]:
        pairs = [(name.encode(), value.encode()) for name, value in dict(headers).items()]
        return {
            "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": query, "root_path": "", "scheme": "http", "server": ("127.0.0.1", 8000),
            "client": ("192.0.2.7", 4711), "headers": [(b"host", b"localhost"), *pairs],
        }  # fmt: skip

    async def exchange(self, scope: dict[str, Any], body: bytes) -> Answered:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture(scope="module")
def asgi(config: Any) -> Asgi:
    return Asgi()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz/", "/2011-1-1", "/%00"])
def test_every_path_gets_an_answer(asgi: Asgi, path: str) -> None:
    assert asgi.ask("GET", path).status in (200, 301, 302, 404)


@pytest.mark.parametrize(
    "query", [b"next=/caf\xc3\xa9/", b"\xff\xfe", b"a=%zz&&=", b'"<>\\^`{|}[]', b"next=%2Fx%2F&a+b"]
)
def test_a_query_in_any_bytes_gets_an_answer(asgi: Asgi, query: bytes) -> None:
    assert asgi.ask("GET", "/sign-in", query).status == 200


def test_a_query_reaches_the_page_as_it_was_meant(asgi: Asgi) -> None:
    for query in (b"next=/caf%C3%A9/?a=b%26c", b"next=/caf\xc3\xa9/?a=b%26c"):
        page = asgi.ask("GET", "/sign-in", query).body.decode()
        assert 'name="next" value="/café/?a=b&amp;c"' in page


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_a_form_reaches_the_page(asgi: Asgi) -> None:
    page = asgi.ask("GET", "/sign-in")
    cookie = page.headers["set-cookie"].partition(";")[0]
    body = b"name=alice&password=wrong&csrfmiddlewaretoken=" + cookie.partition("=")[2].encode()
    headers = {**FORM, "cookie": cookie, "content-length": str(len(body))}
    answer = asgi.ask("POST", "/sign-in", body=body, headers=headers)
    assert answer.status == 422
    assert "do not belong together" in answer.body.decode()


def test_a_form_of_another_site_is_refused_with_a_page(asgi: Asgi) -> None:
    answer = asgi.ask("POST", "/sign-in", body=b"name=alice", headers={**FORM, "content-length": "10"})
    assert answer.status == 403 and b"<html" in answer.body
