"""The whole way with secrets that can be recognised: none is found in a log, a file, an answer or a page."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from tests.cli.run import dialboard, run_all
from tests.paths.browsing import Browser
from tests.paths.running import TRACKER, Server, a_call, serving, wait_for
from tests.paths.test_metrics import NOW

TWILIO_SECRET = "MARKERtwilioKEYsecret0123456789A"
API_SECRET = "MARKERgoogleAPIsecret9876"
BODY = "MARKER what people wrote to each other"


class Walked:
    """What was done with the secrets, and every text that came out of it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.auth_token = ""
        self.texts: dict[str, str] = {}

    def note(self, name: str, text: str) -> None:
        self.texts[name] = self.texts.get(name, "") + text

    def cli(self, *words: str) -> None:
        done = dialboard(*words, data=self.server.data)
        self.note(f"dialboard {' '.join(words[:2])}", done.out + done.err)


def walk(walked: Walked, folder: Path, twilio: TwilioSandbox, twilio_url: str, google: str) -> None:
    """1. an account, a destination and a connection  2. events, good and bad  3. a sync that works and one that does
    not  4. every list, check and page  5. what fails in all kinds of ways"""
    server = walked.server
    auth = server.cli("account", "create", "alice", "--unmetered")
    walked.auth_token = auth["authToken"]
    (folder / "twilio").write_text(TWILIO_SECRET)
    (folder / "google").write_text(API_SECRET)
    walked.cli(
        "destination", "add", "--account", "alice", "--kind", "google-analytics", "--measurement-id", "G-ALICEALICE",
        "--alias", "UA-12345-1", "--api-secret-file", str(folder / "google"), "--endpoint", f"{google}/mp/collect",
    )  # fmt: skip
    walked.cli(
        "destination", "add", "--account", "alice", "--kind", "google-analytics", "--measurement-id", "G-NOBODYHOME",
        "--api-secret-file", str(folder / "google"), "--endpoint", "http://127.0.0.1:9/mp/collect",
    )  # fmt: skip
    connect = (
        "connection", "add", "--account", "alice", "--account-sid", twilio.account_sid, "--key-sid", twilio.key_sid,
        "--key-secret-file", str(folder / "twilio"), "--base-url",
    )  # fmt: skip
    walked.cli(*connect, "http://127.0.0.1:9")
    walked.cli(*connect, twilio_url)
    tell(walked, auth)
    wait_for(lambda: "A sync is done." in server.log, "the account is synced")
    wait_for(
        lambda: server.cli("deliveries", "list", "--account", "alice", "--state", "delivered")["deliveries"],
        "the event is delivered",
    )
    commands = (
        ("account", "list"), ("credential", "list", "--account", "alice"), ("connection", "list", "--account", "alice"),
        ("destination", "list", "--account", "alice"), ("events", "list", "--account", "alice"),
        ("deliveries", "list", "--account", "alice", "--json"), ("check",), ("query", "messages", "--account", "alice"),
    )  # fmt: skip
    for words, done in zip(commands, run_all(commands, server.data), strict=True):
        walked.note(f"dialboard {' '.join(words[:2])}", done.out + done.err)
    look_at_pages(walked)


def tell(walked: Walked, auth: dict[str, str]) -> None:
    call = a_call(auth)
    wait_for(lambda: walked.server.track(**call).status_code == 200, "the new sender is known")
    url = f"{walked.server.url}{TRACKER}"
    answers = [
        walked.server.track(**call),
        walked.server.track(**call | {"gaid": "nonsense", "hostname": ""}),
        walked.server.track(**call | {"authId": "crd_0000000000000000"}),
        httpx.get(url, params=call),
        httpx.get(url, params=[*call.items(), ("authToken", auth["authToken"])]),
        httpx.get(f"{url}/no-such-page", params=call),
        httpx.put(url, params=call),
        httpx.post(url, content=b"authToken=" + auth["authToken"].encode() + b"&%ff%fe=\xff", headers={"x": "y"}),
        httpx.post(url, content="{" + auth["authToken"], headers={"content-type": "application/json"}),
    ]
    for answer in answers:
        walked.note("answers to senders", answer.text + str(answer.headers))


def look_at_pages(walked: Walked) -> None:
    with Browser(walked.server) as browser:
        seen, waiting = set[str](), ["/"]
        while waiting:
            path = waiting.pop()
            if path in seen or len(seen) > 80:
                continue
            seen.add(path)
            page = browser.get(path)
            walked.note(f"page {path}", page.text)
            if "html" in page.headers.get("content-type", ""):
                waiting += [link for link in re.findall(r'href="(/[^"#]*)"', page.text) if "static" not in link]
        assert len(seen) > 8, seen
        for path in ("/no/such/page", f"/acc_0000000000000000/?authToken={walked.auth_token}"):
            walked.note("error pages", browser.get(path).text)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    folder = tmp_path_factory.mktemp("secrets")
    twilio = TwilioSandbox(Story(5, NOW, calls=200, messages=200, days=10), key_secret=TWILIO_SECRET)
    records = twilio.story.message_record
    # Every message says something that nobody asked to be kept.
    twilio.story.message_record = lambda message, now: records(message, now) | {"body": BODY}  # type: ignore[method-assign]
    with running(twilio) as twilio_url, running(GoogleAnalyticsSandbox()) as google:
        with serving(folder / "data") as server:
            walked = Walked(server)
            walk(walked, folder, twilio, twilio_url, google)
        walked.note("the server's log", server.log)
        yield walked


def forms(secret: str) -> list[bytes]:
    """The secret as it is and as it may be dressed."""
    basic = base64.b64encode(secret.encode()).rstrip(b"=")
    return [secret.encode(), basic, secret.encode().hex().encode()]


def secrets_of(walked: Walked) -> dict[str, str]:
    return {"auth token": walked.auth_token, "Twilio key secret": TWILIO_SECRET, "API secret": API_SECRET}


def test_no_secret_is_in_a_log_an_answer_or_a_page(walked: Walked) -> None:
    found = [
        (name, where)
        for name, secret in secrets_of(walked).items()
        for where, text in walked.texts.items()
        if any(form in text.encode() for form in forms(secret))
    ]
    assert not found


def test_no_secret_is_in_a_file_of_the_data_folder(walked: Walked) -> None:
    files = [path for path in walked.server.data.rglob("*") if path.is_file()]
    assert {"events.db", "rows.duckdb", "control.db", "deliveries.db"} <= {path.name for path in files}
    contents = {path: path.read_bytes() for path in files}
    found = [
        (name, str(path.relative_to(walked.server.data)))
        for name, secret in secrets_of(walked).items()
        for path, content in contents.items()
        if any(form in content for form in forms(secret))
    ]
    assert not found


def test_message_bodies_are_not_kept_unless_the_owner_asks(walked: Walked) -> None:
    found = [path.name for path in walked.server.data.rglob("*") if path.is_file() and BODY[:6] in _text(path)]
    assert not found


def test_no_query_string_is_in_the_log(walked: Walked) -> None:
    assert "authToken" not in walked.texts["the server's log"]
    assert "api_secret" not in walked.texts["the server's log"]


def test_the_log_has_no_traceback(walked: Walked) -> None:
    assert "Traceback" not in walked.texts["the server's log"]


def test_what_lies_in_the_data_folder_is_for_its_owner_only(walked: Walked) -> None:
    open_to_others = [path for path in walked.server.data.rglob("*") if path.stat().st_mode & 0o077]
    assert not open_to_others


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")
