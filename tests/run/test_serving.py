"""The port as the world sees it: senders and pages, and what is decided beside it takes effect at once."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from dialboard.run.serving import dispatch
from tests.paths.running import Server, a_call, serving, wait_for

IN_FORCE_S = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("serving") / "data", "--port", "0", "--trusted-proxies", "127.0.0.1") as one:
        yield one


@pytest.fixture(scope="module")
def auth(server: Server) -> dict[str, str]:
    made = server.cli("account", "create", "Alice", "--tokens", "1000")
    found = {"authId": made["authId"], "authToken": made["authToken"]}
    wait_for(lambda: server.track(**a_call(found)).status_code == 200, "Alice may send")
    return found


@pytest.mark.parametrize(
    ("scope", "whose"),
    [
        ({"type": "http", "path": "/2011-1-1/twilio-tracker"}, "the collector's"),
        ({"type": "http", "path": "/healthz"}, "the collector's"),
        ({"type": "lifespan"}, "the collector's"),
        ({"type": "http", "path": "/"}, "a page"),
        ({"type": "http", "path": "/sign-in"}, "a page"),
        ({"type": "http", "path": "/healthz/"}, "a page"),
        ({"type": "http", "path": "/2011-1-1/twilio-tracker/"}, "a page"),
        ({"type": "http", "path": "/2011-1-1"}, "a page"),
    ],
)
def test_what_is_whose(scope: dict[str, str], whose: str) -> None:
    given: list[str] = []

    async def collector(*_: object) -> None:
        given.append("the collector's")

    async def pages(*_: object) -> None:
        given.append("a page")

    asyncio.run(dispatch(collector, pages)(scope, None, None))  # type: ignore[arg-type]
    assert given == [whose]


def test_health_answers_quickly(server: Server) -> None:
    begun_s = time.monotonic()
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert time.monotonic() - begun_s < 2


def test_a_command_returns_when_what_it_changed_is_in_force(server: Server, auth: dict[str, str]) -> None:
    made = server.cli("account", "create", "Bob", "--tokens", "1")
    bob = {"authId": made["authId"], "authToken": made["authToken"]}
    assert [server.track(**a_call(bob)).status_code for _ in range(2)] == [200, 402]
    server.cli("account", "grant", "Bob", "--tokens", "5")
    assert server.track(**a_call(bob)).status_code == 200
    made = server.cli("credential", "create", "--account", "Bob", "--name", "Second")
    second = {"authId": made["authId"], "authToken": made["authToken"]}
    assert server.track(**a_call(second)).status_code == 200
    server.cli("credential", "revoke", made["authId"])
    assert server.track(**a_call(second)).status_code == 401
    assert server.track(**a_call(bob)).status_code == server.track(**a_call(auth)).status_code == 200


def form(server: Server, browser: httpx.Client, base: str | None = None) -> httpx.Response:
    """The sign-in form, filled in and sent from the address `base`."""
    page = browser.get("/sign-in")
    [proof] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    data = {"csrfmiddlewaretoken": proof, "name": "álice", "password": "wrong"}
    return browser.post("/sign-in", data=data, headers={"origin": base or server.url})


def test_a_form_reaches_the_pages(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=20) as browser:
        answer = form(server, browser)
    assert answer.status_code == 422
    assert "do not belong together" in answer.text and 'value="álice"' in answer.text


def test_a_form_behind_a_trusted_proxy_with_https_is_not_taken_for_another_site(server: Server) -> None:
    told = {"x-forwarded-proto": "https", "x-forwarded-host": "localhost", "x-forwarded-for": "203.0.113.9"}
    with httpx.Client(base_url=server.url, timeout=20, headers=told) as browser:
        assert form(server, browser, "https://localhost").status_code == 422
        assert form(server, browser, "https://evil.example.com").status_code == 403


@pytest.mark.parametrize("path", ["/sign-in?next=/caf%C3%A9/", "/sign-in?next=/café/", "/sign-in?%ff", "/no/such/page"])
def test_any_address_gets_a_page(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path, follow_redirects=True)
    assert answer.status_code in (200, 404) and "<html" in answer.text


def raw(server: Server, request: bytes) -> bytes:
    """The first bytes of the answer to what no client library sends; b"" when the connection was closed."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(100)


def test_bytes_in_a_query_that_are_no_ascii_are_no_error(server: Server) -> None:
    answer = raw(server, b"GET /sign-in?next=/caf\xc3\xa9/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


def test_visitors_who_stop_in_the_middle_of_a_form_hold_up_nobody(server: Server) -> None:
    where = urlsplit(server.url)
    half = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nname="
    stuck = [socket.create_connection((where.hostname or "", where.port or 0), timeout=10) for _ in range(10)]
    try:
        for connection in stuck:
            connection.sendall(half)
        assert httpx.get(f"{server.url}/sign-in", timeout=5).status_code == 200
    finally:
        for connection in stuck:
            connection.close()
    assert httpx.get(f"{server.url}/sign-in", timeout=5).status_code == 200


def test_nothing_of_what_senders_told_is_in_the_log(server: Server, auth: dict[str, str]) -> None:
    bad = a_call(auth, zip="z" * 5000, visitorId="CAsecretvisitor")
    assert server.track(**bad).status_code == 400
    httpx.get(f"{server.url}/2011-1-1/twilio-tracker", params=bad)
    for text in (auth["authToken"], auth["authId"], "CAsecretvisitor", "55401", "twilio-tracker?"):
        assert text not in server.log
    assert "Traceback" not in server.log
