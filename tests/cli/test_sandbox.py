"""dialboard sandbox: plays Twilio or Google Analytics until it is told to stop."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.cli.run import dialboard, environment, refused


@contextmanager
def played(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its first line, which it says once it can be asked."""
    command = [sys.executable, "-m", "dialboard", "sandbox", *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment(), **pipes) as process:
        assert process.stdout and process.stderr
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def test_twilio_is_played_with_a_key_that_works() -> None:
    words = ("twilio", "--port", "0", "--calls", "30", "--messages", "20", "--days", "10", "--seed", "7", "--json")
    with played(*words) as (process, line):
        told = json.loads(line)
        auth = (told["keySid"], told["keySecret"])
        calls = f"{told['url']}/2010-04-01/Accounts/{told['accountSid']}/Calls.json"
        assert httpx.get(calls).status_code == 401
        found = httpx.get(calls, auth=auth, params={"PageSize": 1000}).json()["calls"]
        assert 10 < len(found) < 60
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr and process.stderr.read() == ""
    with played(*words) as (_, again):
        assert {**json.loads(again), "url": ""} == {**told, "url": ""}, "the same seed plays the same world"


def test_the_sentences_for_people_name_what_to_paste() -> None:
    with played("twilio", "--port", "0", "--calls", "0", "--messages", "0") as (process, line):
        assert process.stdout
        text = line + process.stdout.readline() + process.stdout.readline()
    for word in ("http://127.0.0.1:", "--account-sid AC", "--key-sid SK", "--base-url", "secret: "):
        assert word in text


def test_google_shows_what_arrived_and_ctrl_c_ends_it() -> None:
    with played("google-analytics", "--port", "0", "--json") as (process, line):
        told = json.loads(line)
        event = {"client_id": "1.2", "events": [{"name": "page_view"}]}
        asked = {"measurement_id": "G-AB12CD34EF", "api_secret": "s3cret"}
        assert httpx.post(told["endpoint"], params=asked, json=event).status_code == 204
        assert "page_view" in httpx.get(f"{told['url']}/requests").text
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr and process.stderr.read() == ""


def test_it_answers_at_the_port_it_was_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with played("google-analytics", "--port", str(port), "--json") as (_, line):
        assert json.loads(line)["url"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("kind", ["twilio", "google-analytics"])
def test_a_port_in_use_is_said_with_the_cure(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} of 127.0.0.1 is in use" in refused(1, "sandbox", kind, "--port", str(port))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("twilio",), "--port"),
        (("twilio", "--port", "70000"), "--port"),
        (("twilio", "--port", "0", "--calls", "-1"), "--calls"),
        (("twilio", "--port", "0", "--messages", "many"), "--messages"),
        (("twilio", "--port", "0", "--days", "0"), "--days"),
        (("twilio", "--port", "0", "--seed", "x"), "--seed"),
        (("google-analytics",), "--port"),
        (("facebook",), "facebook"),
    ],
)
def test_what_is_off_is_named(words: tuple[str, ...], says: str) -> None:
    assert says in refused(2, "sandbox", *words)


def test_help_says_what_can_be_played() -> None:
    text = dialboard("sandbox", "--help").out
    assert "twilio" in text and "google-analytics" in text
