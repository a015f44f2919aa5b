"""The collector over real HTTP, on the server that serves it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import Struct

from dialboard.collect.app import TRACKER
from dialboard.journal import Reader, open_reader
from tests.collect.conftest import ALICE, usual

OK = {"status": "OK", "statusCode": 200, "errors": []}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Served(Struct):
    port: int
    reader: Reader

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        """The status, headers and JSON of the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def say(self, request: bytes) -> bytes:
        """What comes back for these bytes, until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            response = HTTPResponse(connection)
            response.begin()
            return response.read()

    def newest(self) -> Any:
        return self.reader.latest(ALICE, 1)[0].event


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    where = str(tmp_path_factory.mktemp("served") / "events.db")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "tests.collect.server", where, str(port)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        _wait_until_it_listens(port, process)
        reader = open_reader(where)
        yield Served(port, reader)
        reader.close()
    finally:
        process.terminate()
        assert process.wait(10) == 0


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server does not listen")


def test_a_get_is_kept(served: Served) -> None:
    status, headers, answer = served.ask("GET", f"{TRACKER}?{urlencode(usual(city='MÜNCHEN'))}")
    assert (status, answer) == (200, OK)
    assert headers["content-type"] == "application/json" and "location" not in headers
    assert served.newest().city == "MÜNCHEN"


def test_a_form_is_kept(served: Served) -> None:
    status, _, answer = served.ask("POST", TRACKER, urlencode(usual(city="BERN")).encode(), FORM)
    assert (status, answer) == (200, OK)
    assert served.newest().city == "BERN"


def test_a_form_in_chunks_is_kept(served: Served) -> None:
    body = urlencode(usual(city="GENF")).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"
    head = f"POST {TRACKER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert json.loads(served.say(head.encode() + chunks)) == OK
    assert served.newest().city == "GENF"


def test_a_request_line_in_absolute_form_is_kept(served: Served) -> None:
    """As the 2011 plugin sends it through a proxy."""
    url = f"http://api.example.com{TRACKER}?{urlencode(usual(city='CHUR'))}"
    request = f"GET {url} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n"
    assert json.loads(served.say(request.encode())) == OK
    assert served.newest().city == "CHUR"


def test_a_refusal_has_its_status_and_names_the_parameter(served: Served) -> None:
    status, _, answer = served.ask("GET", f"{TRACKER}?{urlencode(usual(zip=None))}&city=%FF")
    assert status == answer["statusCode"] == 400
    assert answer["errors"] == ["zip is required.", "city is not valid UTF-8."]
    status, _, answer = served.ask("GET", TRACKER)
    assert status == answer["statusCode"] == 401


def test_head_has_no_body_and_the_methods_are_named(served: Served) -> None:
    status, headers, answer = served.ask("HEAD", f"{TRACKER}?{urlencode(usual())}")
    assert (status, headers["allow"], answer) == (405, "GET, POST", None)


def test_a_large_body_is_refused(served: Served) -> None:
    status, _, answer = served.ask("POST", f"{TRACKER}?{urlencode(usual())}", b"city=" + b"x" * 70_000, FORM)
    assert status == answer["statusCode"] == 400 and "too large" in answer["errors"][0]


def test_a_sender_that_hangs_up_in_mid_body_leaves_nothing_behind(served: Served) -> None:
    before = served.reader.count(ALICE)
    body = urlencode(usual()).encode()
    head = f"POST {TRACKER} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}"
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body[:100])
    assert served.ask("GET", "/healthz")[0] == 200
    assert served.ask("POST", TRACKER, body, FORM)[0] == 200
    assert served.reader.count(ALICE) == before + 1


def test_a_repeat_with_its_key_is_ok_and_kept_once(served: Served) -> None:
    before = served.reader.count(ALICE)
    for _ in range(3):
        headers = {**FORM, "I-Twilio-Idempotency-Token": "order-1"}
        assert served.ask("POST", TRACKER, urlencode(usual()).encode(), headers)[2] == OK
    assert served.reader.count(ALICE) == before + 1


def test_healthz_is_ok(served: Served) -> None:
    status, _, answer = served.ask("GET", "/healthz")
    assert (status, answer) == (200, {"status": "OK"})
