import asyncio
import gzip
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dialboard.outbound import http
from dialboard.outbound.http import AddressRefused, Answer, AnswerTooBig, AsyncClient, Client, Limits, NoAnswer
from tests.outbound.servers import answer, saying, silent, wire

QUICK = Limits(connect_timeout_s=1.0, read_timeout_s=0.3, total_timeout_s=1.0, max_bytes=10_000, max_connections=4)
SECRET = "marker-api-secret"


class Blocking:
    """Asks with the client that blocks."""

    def ask(self, url: str, method: str = "get", *, allow_private: bool = True, **options: Any) -> Answer:
        with Client(allow_private=allow_private, limits=options.pop("limits", QUICK)) as client:
            return getattr(client, method)(url, **options)


class InLoop:
    """Asks with the client of an asyncio loop."""

    def ask(self, url: str, method: str = "get", *, allow_private: bool = True, **options: Any) -> Answer:
        async def asked() -> Answer:
            async with AsyncClient(allow_private=allow_private, limits=options.pop("limits", QUICK)) as client:
                return await getattr(client, method)(url, **options)

        return asyncio.run(asked())


Door = Blocking | InLoop


@pytest.fixture(params=[Blocking, InLoop])
def door(request) -> Door:
    return request.param()


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_get_carries_its_query_and_gives_status_headers_and_body(door):
    with wire(saying(answer(b"hello", "200 OK", "X-Page: 2"))) as server:
        got = door.ask(f"{server.url}/list", query={"StartTime>": "2026-11-24", "PageSize": "1000"})
    assert (got.status, got.ok, got.headers["x-page"], got.body) == (200, True, "2", b"hello")
    assert server.requests[0].startswith(b"GET /list?StartTime%3E=2026-11-24&PageSize=1000 HTTP/1.1\r\n")


def test_a_query_is_added_to_the_one_that_the_address_has(door):
    with wire(saying(answer())) as server:
        door.ask(f"{server.url}/mp/collect?a=1#top", query={"b": "2"})
    assert server.requests[0].startswith(b"GET /mp/collect?a=1&b=2 HTTP/1.1\r\n")


def test_a_post_carries_its_body_and_basic_credentials(door):
    with wire(saying(answer(b"", "204 No Content"))) as server:
        got = door.ask(
            f"{server.url}/x",
            "post",
            body=b'{"a":1}',
            headers={"Content-Type": "application/json"},
            basic=("SK1", "pä:ss"),
        )
    assert got.status == 204
    assert b"Authorization: Basic U0sxOnDDpDpzcw==" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"a":1}')


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_an_answer_and_is_not_followed(door, status):
    with wire(saying(answer())) as inner, wire(saying(answer(b"", status, f"Location: {inner.url}/secrets"))) as server:
        got = door.ask(f"{server.url}/x")
    assert got.status == int(status[:3])
    assert inner.requests == []


def test_a_packed_answer_is_unpacked(door):
    with wire(saying(answer(gzip.compress(b"x" * 5_000), "200 OK", "Content-Encoding: gzip"))) as server:
        assert door.ask(server.url).body == b"x" * 5_000


def test_an_answer_over_the_limit_is_refused(door):
    with wire(saying(answer(b"x" * 2_000_000))) as server, pytest.raises(AnswerTooBig, match="larger than 10000 bytes"):
        door.ask(server.url)


def test_an_answer_that_unpacks_to_more_than_the_limit_is_refused(door):
    bomb = answer(gzip.compress(b"0" * 3_000_000), "200 OK", "Content-Encoding: gzip")
    with wire(saying(bomb)) as server, pytest.raises(AnswerTooBig):
        door.ask(server.url)


def test_an_answer_over_the_limit_may_be_cut_instead(door):
    with wire(saying(answer(b"x" * 2_000_000))) as server:
        got = door.ask(server.url, cut=True)
    assert (got.status, len(got.body), got.complete) == (200, 10_000, False)


def test_an_endless_answer_ends_at_the_limit(door):
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    with wire(talk) as server, pytest.raises(AnswerTooBig):
        door.ask(server.url)


def test_an_answer_that_comes_in_drops_ends_at_the_total_limit(door):
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with wire(talk) as server, pytest.raises(NoAnswer, match="did not answer in time") as no_answer:
        door.ask(server.url)
    assert no_answer.value.sent
    assert time.monotonic() - began < 3


def test_a_server_that_says_nothing_may_have_got_the_body(door, never):
    with wire(silent(never)) as server, pytest.raises(NoAnswer, match="did not answer in time") as no_answer:
        door.ask(f"{server.url}/x", "post", body=b"{}")
    assert no_answer.value.sent


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-",
    ],
)
def test_an_answer_that_breaks_off_may_have_got_the_body(door, bytes_):
    with wire(saying(bytes_, close=True)) as server, pytest.raises(NoAnswer) as no_answer:
        door.ask(f"{server.url}/x", "post", body=b"{}")
    assert no_answer.value.sent


def test_a_damaged_packing_is_no_answer(door):
    with (
        wire(saying(answer(b"not gzip at all", "200 OK", "Content-Encoding: gzip"))) as server,
        pytest.raises(NoAnswer, match="damaged"),
    ):
        door.ask(server.url)


def test_a_refused_connection_has_sent_nothing(door):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(
        NoAnswer, match=r"127\.0\.0\.1 could not be reached: it refused the connection\. Check that"
    ) as no_answer:
        door.ask(f"http://127.0.0.1:{port}/x", "post", body=b"{}")
    assert not no_answer.value.sent


def test_a_name_that_does_not_exist_has_sent_nothing(door):
    with pytest.raises(NoAnswer, match="name could not be resolved") as no_answer:
        door.ask("https://no-such-host.invalid/x", "post", body=b"{}")
    assert not no_answer.value.sent


def test_a_certificate_that_nobody_signed_has_sent_nothing(door, tmp_path):
    with wire(saying(answer()), tls=_tls(tmp_path)) as server, pytest.raises(NoAnswer) as no_answer:
        door.ask(server.url, "post", body=b"{}")
    assert "its certificate is not valid" in str(no_answer.value)
    assert not no_answer.value.sent
    assert server.requests == []


def test_the_certificate_is_checked_against_the_name_and_not_the_number(door, tmp_path, monkeypatch):
    server_side = _tls(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    monkeypatch.setattr(http, "_tls", lambda: trusting)
    with wire(saying(answer(b"safe")), tls=server_side) as server:
        assert door.ask(f"https://localhost:{server.port}/").body == b"safe"
        with pytest.raises(NoAnswer, match="certificate is not valid"):
            door.ask(f"https://127.0.0.1:{server.port}/")


def test_an_encrypted_connection_is_used_again_in_the_loop_that_delivers(tmp_path, monkeypatch):
    server_side = _tls(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    monkeypatch.setattr(http, "_tls", lambda: trusting)

    async def ask(url: str) -> list[int]:
        async with AsyncClient(allow_private=True, limits=QUICK) as client:
            return [(await client.post(url, b"{}")).status for _ in range(5)]

    with wire(saying(answer(b"", "204 No Content")), tls=server_side) as server:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(ask(f"https://localhost:{server.port}/")) == [204] * 5
        assert server.connections == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/"]
)
def test_an_address_inside_is_refused(door, url):
    with pytest.raises(AddressRefused):
        door.ask(url, allow_private=False)


def test_a_public_name_that_leads_inside_is_refused_before_a_connection_is_made(door, monkeypatch):
    with wire(saying(answer())) as server:
        _resolve(monkeypatch, [["127.0.0.1"]])
        with pytest.raises(AddressRefused, match=r"rebound\.example leads into a private network"):
            door.ask(f"https://rebound.example:{server.port}/", allow_private=False)
        assert server.connections == 0


def test_a_name_with_one_private_address_among_public_ones_is_refused(door, monkeypatch):
    _resolve(monkeypatch, [["8.8.8.8", "169.254.169.254"]])
    with pytest.raises(AddressRefused):
        door.ask("https://mixed.example/", allow_private=False)


def test_a_name_is_resolved_once_so_that_it_cannot_mean_something_else_when_it_is_connected(door, monkeypatch):
    """The first answer is checked and connected to; a second would lead inside."""
    asked = _resolve(monkeypatch, [["192.0.2.1"], ["127.0.0.1"]])
    monkeypatch.setattr("dialboard.outbound.address.is_public", lambda number: str(number) == "192.0.2.1")
    with wire(saying(answer())) as server:
        with pytest.raises(NoAnswer) as no_answer:
            door.ask(f"https://rebinding.example:{server.port}/", allow_private=False)
        assert server.connections == 0
    assert not no_answer.value.sent
    assert asked == ["rebinding.example"]


def test_a_name_with_several_addresses_is_reached_at_the_one_that_answers(door, monkeypatch):
    with wire(saying(answer(b"here"))) as server:
        _resolve(monkeypatch, [["127.0.0.2", "127.0.0.1"]])
        assert door.ask(f"http://two.example:{server.port}/").body == b"here"


def test_the_settings_of_a_proxy_are_not_looked_at(door, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with wire(saying(answer(b"direct"))) as server:
        assert door.ask(server.url).body == b"direct"


def test_a_cookie_is_not_kept():
    with wire(saying(answer(b"", "200 OK", "Set-Cookie: a=1"))) as server, Client(allow_private=True) as client:
        client.get(server.url)
        client.get(server.url)
    assert b"cookie" not in server.requests[1].lower()


def test_a_connection_is_used_again():
    with wire(saying(answer())) as server, Client(allow_private=True) as client:
        for _ in range(5):
            client.get(server.url)
    assert (server.connections, len(server.requests)) == (1, 5)


def test_threads_may_share_the_client_that_blocks():
    with wire(saying(answer(b"x"))) as server, Client(allow_private=True, limits=Limits(max_connections=3)) as client:
        threads = [threading.Thread(target=lambda: [client.get(server.url) for _ in range(20)]) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.requests) == 120
    assert server.connections <= 3


def test_many_requests_of_a_loop_go_out_at_once():
    barrier = threading.Barrier(4, timeout=5)

    def together(connection: socket.socket, request: bytes) -> None:
        barrier.wait()
        connection.sendall(answer())

    async def ask(url: str) -> list[Answer]:
        async with AsyncClient(allow_private=True) as client:
            return await asyncio.gather(*(client.get(url) for _ in range(4)))

    with wire(together) as server:
        assert [got.status for got in asyncio.run(ask(server.url))] == [200] * 4


@pytest.mark.parametrize("allow_private", [True, False])
def test_a_secret_in_the_query_is_in_no_log_no_error_and_no_trace(door, caplog, never, allow_private):
    caplog.set_level(logging.DEBUG)
    texts = []
    talks = [saying(answer(b"", "500 Oops")), saying(b"", close=True), silent(never), saying(answer(b"x" * 50_000))]
    for talk in talks:
        with wire(talk) as server:
            for url in (
                f"{server.url}/mp",
                "https://no-such-host.invalid/",
                "https://ex ample.com/",
                "https://a\tb\x00c/",
            ):
                try:
                    texts.append(repr(door.ask(url, query={"api_secret": SECRET}, allow_private=allow_private)))
                except Exception as error:
                    texts += [repr(error), str(vars(error)), *traceback.format_exception(error)]
                    assert error.__context__ is None
    everything = "\n".join([*texts, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert texts
    assert SECRET not in everything


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        (" 0 ", 0.0),
        ("0.5", 0.5),
        ("1.", None),
        ("Tue, 24 Nov 2026 12:00:10 GMT", 10.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(text, seconds):
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert Answer(429, {"retry-after": text}, b"").retry_after_s(now) == seconds


def _resolve(monkeypatch, answers: list[list[str]]) -> list[str]:
    """Makes names resolve to these numbers, the first list the first time; the names that were asked for."""
    asked: list[str] = []

    def resolve(host: Any, port: int, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        numbers = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    async def in_loop(self: Any, host: Any, port: int, **more: Any) -> list[Any]:
        return resolve(host, port)

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *rest, **more: (
            resolve(host, port) if str(host).endswith("example") else real(host, port, *rest, **more)
        ),
    )
    monkeypatch.setattr(
        asyncio.BaseEventLoop, "getaddrinfo", lambda self, host, port, **more: in_loop(self, host, port, **more)
    )
    return asked


def _tls(folder: Any) -> ssl.SSLContext:
    """A server's context with a certificate for localhost that only certificate.pem itself vouches for."""
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    if not certificate_file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context


def test_the_hooks_of_a_request_are_called_before_it_and_at_its_head(never: threading.Event) -> None:
    told: list[Any] = []

    def talk(connection: socket.socket, request: bytes) -> None:
        told.append("request")
        connection.sendall(b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\n")
        assert never.wait(5)
        connection.sendall(b"abc")

    async def connected() -> None:
        told.append("connected")

    def at_head(head: Answer) -> None:
        told.append((head.status, head.retry_after_s(), head.body))
        never.set()

    with wire(talk) as server:

        async def asked() -> Answer:
            async with AsyncClient(allow_private=True) as client:
                return await client.get(server.url, hooks=http.Hooks(connected, at_head))

        assert asyncio.run(asked()).body == b"abc"
    assert told == ["connected", "request", (429, 7.0, b"")]


def test_what_a_hook_raises_keeps_the_request_from_the_wire() -> None:
    class NotNow(Exception):
        pass

    async def refuse() -> None:
        raise NotNow

    with wire(saying(answer(b"ok"))) as server:

        async def asked() -> Answer:
            async with AsyncClient(allow_private=True) as client:
                with pytest.raises(NotNow):
                    await client.get(server.url, hooks=http.Hooks(refuse, lambda head: None))
                return await client.get(server.url)

        assert asyncio.run(asked()).body == b"ok"
        assert len(server.requests) == 1
