"""The whole way of an event: told by a handler, kept, delivered to Google."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.request_validator import RequestValidator

from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from tests.paths.running import TRACKER, Server, a_call, serving, wait_for

TWILIO_AUTH_TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    with running(GoogleAnalyticsSandbox()) as url:
        yield url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tracker") / "data") as started:
        yield started


def property_of(name: str) -> str:
    return f"G-{name.upper():X<10}"


def add_account(server: Server, google: str, name: str, tokens: str = "10") -> dict[str, str]:
    """The account, with its credential and its property at the played Google."""
    made = server.cli("account", "create", name, "--tokens", tokens)
    secret = server.data.parent / "api-secret"
    secret.write_text("an-api-secret")
    server.cli(
        "destination", "add", "--account", name, "--kind", "google-analytics", "--alias", "UA-12345-1",
        "--measurement-id", property_of(name), "--api-secret-file", str(secret),
        "--endpoint", f"{google}/mp/collect",
    )  # fmt: skip
    return {str(key): str(value) for key, value in made.items()}


def arrived(google: str, name: str, count: int = 1) -> list[dict[str, Any]]:
    """What Google got for the account, once it is that much."""

    def look() -> list[dict[str, Any]] | None:
        answer = httpx.get(f"{google}/requests", params={"measurement_id": property_of(name)}).json()
        requests: list[dict[str, Any]] = answer["requests"] if isinstance(answer, dict) else answer
        return requests if len(requests) >= count else None

    return wait_for(look, f"Google gets {count} requests of {name}")


def test_a_form_post_becomes_a_request_to_google(server: Server, google: str) -> None:
    alice = add_account(server, google, "alice")
    wait_for(lambda: server.track(**a_call(alice)).status_code == 200, "the new sender is known", within_s=2)

    [request] = arrived(google, "alice")
    text = httpx.get(f"{google}/requests", params={"measurement_id": property_of("alice")}).text
    events = {event["name"]: event["params"] for event in request["body"]["events"]}
    assert events["page_view"]["page_location"].partition("?")[0] == "https://handler.example.com/voice"
    assert events["page_view"]["page_title"] == "Main line"
    told = events["campaign_details"]
    assert (told["campaign"], told["source"], told["medium"]) == ("+16125550123", "Twilio", "Phone")
    assert "55401" not in text, "the caller's zip code goes nowhere"
    listed = server.cli("events", "list", "--account", "alice")["events"]
    assert [event["visitorId"] for event in listed] == ["CA0123456789abcdef0123456789abcdef"]
    delivered = wait_for(
        lambda: server.cli("deliveries", "list", "--account", "alice", "--state", "delivered")["deliveries"],
        "the delivery is recorded",
    )
    assert len(delivered) == 1


def test_a_get_with_the_query_string_of_2011_is_heard_too(server: Server, google: str) -> None:
    bob = add_account(server, google, "bob")

    def told() -> httpx.Response | None:
        answer = httpx.get(f"{server.url}{TRACKER}", params=a_call(bob, visitorId="SM01"))
        return answer if answer.status_code == 200 else None

    answer = wait_for(told, "the new sender is known", within_s=2)
    assert answer.json() == {"status": "OK", "statusCode": 200, "errors": []}
    assert arrived(google, "bob")


def test_an_account_without_tokens_hears_402_and_nothing_goes_to_google(server: Server, google: str) -> None:
    charlie = add_account(server, google, "charlie", tokens="1")

    def told(number: int) -> int:
        return server.track(**a_call(charlie, visitorId=f"CA{number}")).status_code

    wait_for(lambda: told(1) == 200, "the new sender is known", within_s=2)
    assert told(2) == 402
    arrived(google, "charlie")
    assert len(server.cli("events", "list", "--account", "charlie")["events"]) == 1


class Handler(BaseHTTPRequestHandler):
    """What a customer runs: answers Twilio's webhook with TwiML and tells the tracker, as our recipes do."""

    dialboard: str
    auth: dict[str, str]

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode(), keep_blank_values=True))
        address = f"http://{self.headers['host']}{self.path}"
        if not RequestValidator(TWILIO_AUTH_TOKEN).validate(address, form, self.headers["x-twilio-signature"]):
            self.send_error(403)
            return
        told = a_call(
            self.auth, zip=form["FromZip"], city=form["FromCity"], state=form["FromState"], country=form["FromCountry"],
            visitorId=form["CallSid"], hostname="shop.example.com", path=self.path,
        ) | {"c.name": form["To"]}  # fmt: skip
        httpx.post(f"{self.dialboard}{TRACKER}", data=told)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<Response><Dial>+16125550100</Dial></Response>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def handler(server: Server, google: str) -> Iterator[str]:
    auth = add_account(server, google, "dana")
    wait_for(lambda: server.track(**a_call(auth)).status_code == 200, "the new sender is known", within_s=2)
    kind = type("Bound", (Handler,), {"dialboard": server.url, "auth": auth})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/incoming"
        http.shutdown()
        thread.join()


def test_a_webhook_handler_with_twilios_own_package_reaches_google(handler: str, google: str) -> None:
    form = {
        "AccountSid": "AC" + "1" * 32, "CallSid": "CA" + "2" * 32, "From": "+16515550111", "To": "+16125550123",
        "CallStatus": "ringing", "Direction": "inbound", "ApiVersion": "2010-04-01",
        "FromCity": "ST PAUL", "FromState": "MN", "FromZip": "", "FromCountry": "US",
    }  # fmt: skip
    signature = RequestValidator(TWILIO_AUTH_TOKEN).compute_signature(handler, form)
    forged = httpx.post(handler, data=form, headers={"x-twilio-signature": "forged"})
    answer = httpx.post(handler, data=form, headers={"x-twilio-signature": signature})
    assert (forged.status_code, answer.status_code) == (403, 200)

    requests = arrived(google, "dana", 2)
    locations = {event["params"].get("page_location", "") for event in requests[-1]["body"]["events"]}
    assert any(location.startswith("https://shop.example.com/incoming") for location in locations)
    assert "6515550111" not in str(requests), "the caller's number goes nowhere"
