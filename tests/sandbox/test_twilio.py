import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from dialboard.twilio.resources import RESOURCES

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


class Asked:
    """The served sandbox and somebody with its key."""

    def __init__(self, base: str, sandbox: TwilioSandbox) -> None:
        self.base, self.sandbox = base, sandbox
        self.http = httpx.Client(base_url=base, auth=(sandbox.key_sid, sandbox.key_secret), trust_env=False)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(f"/2010-04-01/Accounts/{self.sandbox.account_sid}/{path}", params=query)

    def walk(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **query).raise_for_status().json()
        found = answer[key]
        while answer["next_page_uri"]:
            answer = self.http.get(answer["next_page_uri"]).raise_for_status().json()
            found += answer[key]
        return list(found)

    def behave(self, **how: Any) -> None:
        self.http.post("/sandbox/behave", json=how).raise_for_status()


@pytest.fixture(scope="module")
def served() -> Iterator[Asked]:
    sandbox = TwilioSandbox(Story(7, NOW, calls=700, messages=600, days=20), clock=lambda: NOW)
    with running(sandbox) as base:
        asked = Asked(base, sandbox)
        yield asked
        asked.http.close()


@pytest.fixture
def asked(served: Asked) -> Asked:
    served.http.post("/sandbox/forget").raise_for_status()
    return served


def test_a_walk_by_default_pages_of_50_finds_each_call_once_newest_first(asked: Asked) -> None:
    found = asked.walk("Calls.json", "calls")
    assert [call["sid"] for call in found] == [call.sid for call in asked.sandbox.story.all_calls(NOW)][::-1]
    assert asked.http.get("/sandbox/counts").json()["pages"] == 14


@pytest.mark.parametrize("name", RESOURCES)
def test_every_resource_is_played(asked: Asked, name: str) -> None:
    resource = RESOURCES[name]
    answer = asked.http.get(resource.path.format(account_sid=asked.sandbox.account_sid))
    assert answer.is_success, f"dialboard/sandbox/twilio.py does not play {name}: {answer.status_code}"
    assert answer.json()[resource.records]


@pytest.mark.parametrize(
    ("path", "key"),
    [("Calls.json", "calls"), ("Messages.json", "messages"), ("Usage/Records/Daily.json", "usage_records")],
)
@pytest.mark.parametrize("size", [7, 1000])
def test_the_size_of_a_page_changes_nothing_else(asked: Asked, path: str, key: str, size: int) -> None:
    assert asked.walk(path, key, PageSize=size) == asked.walk(path, key, PageSize=333)


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"StartTime>": "2026-11-20"}, (4.75, 0)),
        ({"StartTime<": "2026-11-20"}, (99, 4.75)),
        ({"StartTime>": "2026-11-19T12:00:00Z", "StartTime<": "2026-11-20T00:00:00Z"}, (5.25, 4.75)),
        ({"StartTime": "2026-11-19"}, (5.75, 4.75)),
        ({"StartTime": "2026-11-19", "StartTime>": "2026-11-23"}, (5.75, 4.75)),
        ({"starttime>": "2026-11-23", "DateCreated>": "2026-11-23"}, (99, 0)),
    ],
)
def test_calls_are_filtered_by_start_as_twilio_does(
    asked: Asked, query: dict[str, str], days: tuple[float, float]
) -> None:
    low, high = (NOW.timestamp() - each * 86400 for each in days)
    wanted = [call.sid for call in asked.sandbox.story.all_calls(NOW) if low <= call.created_s <= high]
    assert [call["sid"] for call in asked.walk("Calls.json", "calls", **query)] == wanted[::-1]


def test_both_ends_of_a_window_are_included_to_the_second(asked: Asked) -> None:
    call = list(asked.sandbox.story.all_calls(NOW))[300]
    at = datetime.fromtimestamp(call.created_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = asked.walk("Calls.json", "calls", **{"StartTime>": at, "StartTime<": at})
    assert call.sid in {each["sid"] for each in found} and len(found) < 5


def test_other_filters_of_calls(asked: Asked) -> None:
    busy = asked.walk("Calls.json", "calls", Status="busy")
    assert busy and {call["status"] for call in busy} == {"busy"}
    leg = next(call for call in asked.sandbox.story.all_calls(NOW) if call.parent)
    assert [call["sid"] for call in asked.walk("Calls.json", "calls", ParentCallSid=leg.parent)] == [leg.sid]
    theirs = asked.walk("Calls.json", "calls", From=leg.from_)
    assert theirs and {call["from"] for call in theirs} == {leg.from_}


def test_messages_that_were_not_sent_are_only_in_the_unfiltered_list(asked: Asked) -> None:
    everything = asked.walk("Messages.json", "messages", PageSize=1000)
    sent = asked.walk("Messages.json", "messages", PageSize=1000, **{"DateSent>": "2026-01-01"})
    assert len(everything) == 600
    assert [message for message in everything if message["date_sent"]] == sent


def test_messages_refuse_a_start_before_their_retention(asked: Asked) -> None:
    old = (NOW - timedelta(days=401)).date().isoformat()
    answer = asked.get("Messages.json", **{"DateSent>": old})
    assert answer.status_code == 400 and answer.json()["code"] == 20004
    assert "retention window of 400 days" in answer.json()["message"]


def test_usage_by_category_and_range(asked: Asked) -> None:
    found = asked.walk("Usage/Records/Daily.json", "usage_records", Category="calls", StartDate="-3days")
    assert [record["start_date"] for record in found] == ["2026-11-24", "2026-11-23", "2026-11-22", "2026-11-21"]
    today = asked.walk("Usage/Records/Today.json", "usage_records", Category="calls")
    assert today == found[:1]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("Calls.json", {"StartTime>": "soon"}, 400, 20001),
        ("Calls.json", {"PageSize": 1001}, 400, 20001),
        ("Calls.json", {"Page": 1}, 400, 70002),
        ("Calls.json", {"PageToken": "PACA1"}, 400, 20001),
        ("Nothing.json", {}, 404, 20404),
        ("Keys.json", {}, 401, 20003),
    ],
)
def test_errors_have_twilio_s_form(asked: Asked, path: str, query: dict[str, Any], status: int, code: int) -> None:
    answer = asked.get(path, **query)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.headers["twilio-request-id"].startswith("RQ")


def test_only_the_key_opens(asked: Asked) -> None:
    path = f"{asked.base}/2010-04-01/Accounts/{asked.sandbox.account_sid}/Calls.json"
    assert httpx.get(path, trust_env=False).status_code == 401
    wrong = base64.b64encode(f"{asked.sandbox.key_sid}:wrong".encode()).decode()
    answer = httpx.get(path, headers={"Authorization": f"Basic {wrong}"}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_main_key_reads_the_account(asked: Asked) -> None:
    account = f"/2010-04-01/Accounts/{asked.sandbox.account_sid}.json"
    assert asked.http.get(account).status_code == 401
    asked.sandbox.key_kind = "main"
    try:
        assert asked.http.get(account).json()["sid"] == asked.sandbox.account_sid
    finally:
        asked.sandbox.key_kind = "standard"


def test_a_request_inside_retry_after_is_counted(asked: Asked) -> None:
    asked.behave(every_429=1, retry_after_s=60)
    answer = asked.get("Calls.json")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (429, "60", 20429)
    counts = asked.http.get("/sandbox/counts").json()
    while counts["inside_retry_after"] == 0 and counts["requests"] < 1000:
        asked.get("Calls.json")
        counts = asked.http.get("/sandbox/counts").json()
    assert counts["inside_retry_after"] == 1


def test_a_behaviour_that_does_not_exist_is_refused(asked: Asked) -> None:
    answer = asked.http.post("/sandbox/behave", json={"every_418": 1})
    assert answer.status_code == 400 and "every_418" in answer.json()["error"]


def test_what_a_connection_check_needs(asked: Asked) -> None:
    numbers = asked.get("IncomingPhoneNumbers.json", PageSize=1).json()["incoming_phone_numbers"]
    assert len(numbers) == 1 and numbers[0]["phone_number"].startswith("+1")
    assert asked.get("Balance.json").json()["currency"] == "USD"
