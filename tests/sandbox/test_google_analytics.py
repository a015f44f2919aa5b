import hashlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from dialboard.errors import NoAnswer
from dialboard.outbound.http import Client, Limits
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running

STREAM = {"measurement_id": "G-ALICE1", "api_secret": "marker-secret"}


class Google:
    """The sandbox as a client sees it."""

    def __init__(self, base: str, client: Client) -> None:
        self.base, self.client = base, client

    def post(self, path: str, body: Any, query: dict[str, str] | None = None) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(self.base + path, raw, query=STREAM if query is None else query).status

    def judge(self, body: Any, query: dict[str, str] | None = None) -> list[dict[str, str]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client.post(self.base + "/debug/mp/collect", raw, query=STREAM if query is None else query)
        assert answer.status == 200
        return json.loads(answer.body)["validationMessages"]

    def get(self, path: str, **query: str) -> Any:
        return json.loads(self.client.get(self.base + path, query=query).body)


@pytest.fixture(scope="module")
def served() -> Iterator[Google]:
    limits = Limits(read_timeout_s=0.5)
    with running(GoogleAnalyticsSandbox()) as base, Client(allow_private=True, limits=limits) as client:
        yield Google(base, client)


@pytest.fixture
def google(served: Google) -> Google:
    served.post("/forget", b"")
    return served


def a_hit(*events: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"client_id": "123.456", "events": list(events) or [{"name": "page_view"}], **top}


def test_production_answers_204_whatever_it_gets(google):
    assert [google.post("/mp/collect", body) for body in (a_hit(), {}, b"not json", b"")] == [204] * 4
    assert google.post("/mp/collect", a_hit(), query={}) == 204
    assert google.get("/counts") == {"received": 5, "kept": 5, "answers": {"204": 5}}


def test_what_arrived_is_listed_without_the_secret(google):
    google.post("/mp/collect", a_hit())
    google.post("/mp/collect", b"\xff not json")
    first, second = google.get("/requests")["requests"]
    assert (first["measurement_id"], first["body"]["client_id"]) == ("G-ALICE1", "123.456")
    assert first["api_secret_sha256"] == hashlib.sha256(b"marker-secret").hexdigest()
    assert "marker-secret" not in json.dumps([first, second])
    assert second["body"] == "� not json"


def test_the_list_can_be_asked_for_one_stream_and_from_a_number_on(google):
    for stream in ("G-A", "G-B", "G-A"):
        google.post("/mp/collect", a_hit(), query={"measurement_id": stream, "api_secret": "x"})
    assert [one["number"] for one in google.get("/requests", measurement_id="G-A")["requests"]] == [1, 3]
    assert [one["number"] for one in google.get("/requests", after="2")["requests"]] == [3]


def test_only_the_newest_requests_are_kept():
    with running(GoogleAnalyticsSandbox(keep=2)) as base, Client(allow_private=True) as client:
        google = Google(base, client)
        for _ in range(5):
            google.post("/mp/collect", a_hit())
        assert [one["number"] for one in google.get("/requests")["requests"]] == [4, 5]


def test_nothing_sent_to_the_validation_server_is_recorded(google):
    assert google.judge(a_hit()) == []
    assert google.get("/counts")["received"] == 0


def test_a_script_is_answered_step_by_step_and_then_it_is_over(google):
    assert google.post("/behave", {"script": [500, {"status": 429}, 204, 400]}) == 204
    assert [google.post("/mp/collect", a_hit()) for _ in range(6)] == [500, 429, 204, 400, 204, 204]


def test_a_status_is_answered_so_many_times(google):
    google.post("/behave", {"status": 503, "times": 2})
    assert [google.post("/mp/collect", a_hit()) for _ in range(3)] == [503, 503, 204]


def test_a_status_is_answered_for_ever(google):
    google.post("/behave", {"status": 503, "times": None})
    assert {google.post("/mp/collect", a_hit()) for _ in range(10)} == {503}


@pytest.mark.parametrize("sent", [b"", b'{"client_id": "123.'])
def test_half_a_request_never_happened(google, sent):
    host, port = urlsplit(google.base).netloc.split(":")
    with socket.create_connection((host, int(port))) as sender:
        sender.sendall(
            b"POST /mp/collect?measurement_id=G-ALICE1 HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n" + sent
        )
    google.post("/mp/collect", a_hit())
    assert google.get("/counts")["received"] == 1


def test_a_behaviour_may_hold_for_one_stream_only(google):
    google.post("/behave", {"status": 500, "times": None, "measurement_id": "G-DEAD"})
    assert google.post("/mp/collect", a_hit()) == 204
    assert google.post("/mp/collect", a_hit(), query={"measurement_id": "G-DEAD"}) == 500


def test_each_client_may_run_through_the_script_on_its_own(google):
    google.post("/behave", {"script": [500, 204], "per_client": True})
    answers = [google.post("/mp/collect", a_hit(client_id=who)) for who in ("1.1", "2.2", "1.1", "2.2")]
    assert answers == [500, 500, 204, 204]


def test_an_answer_may_come_late_or_never(google):
    google.post("/behave", {"script": [{"delay_s": 0.1}, {"delay_s": 3}]})
    began = time.monotonic()
    assert google.post("/mp/collect", a_hit()) == 204
    assert time.monotonic() - began >= 0.1
    with pytest.raises(NoAnswer) as no_answer:
        google.post("/mp/collect", a_hit())
    assert no_answer.value.sent


def test_a_connection_may_break_off_after_the_request_was_kept(google):
    google.post("/behave", {"close": True})
    with pytest.raises(NoAnswer):
        google.post("/mp/collect", a_hit())
    assert google.get("/counts")["received"] == 1


@pytest.mark.parametrize("body", [{"satus": 500}, {"script": ["x"]}, b"nonsense"])
def test_a_behaviour_nobody_understands_is_400(google, body):
    assert google.post("/behave", body) == 400


def test_an_unknown_address_is_404(google):
    assert google.post("/collect", a_hit()) == 404
    assert google.client.get(google.base + "/mp/collect").status == 404


NAMED = {"name": "page_view"}
LONG = "x" * 101
TITLE = {"page_title": "x" * 301}


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (b"{", "", "VALUE_INVALID"),
        ([], "", "VALUE_INVALID"),
        (b'{"client_id":"1.1","x":"' + b"y" * 130_000 + b'"}', "", "EXCEEDED_MAX_ENTITIES"),
        ({"events": [NAMED]}, "client_id", "VALUE_REQUIRED"),
        (a_hit(client_id=""), "client_id", "VALUE_REQUIRED"),
        (a_hit(client_id="CA0123"), "client_id", "VALUE_INVALID"),
        (a_hit(client_id="0.5"), "client_id", "VALUE_INVALID"),
        (a_hit(client_id=12.5), "client_id", "VALUE_INVALID"),
        (a_hit(user_id="x" * 257), "user_id", "VALUE_OUT_OF_BOUNDS"),
        (a_hit(gclid="x"), "gclid", "NAME_INVALID"),
        (a_hit(timestamp_micros="yesterday"), "timestamp_micros", "VALUE_INVALID"),
        (a_hit(timestamp_micros=1), "timestamp_micros", "VALUE_OUT_OF_BOUNDS"),
        (a_hit(timestamp_micros=int((time.time() + 3600) * 1e6)), "timestamp_micros", "VALUE_OUT_OF_BOUNDS"),
        (a_hit(user_location=[]), "user_location", "VALUE_INVALID"),
        (a_hit(user_location={"zip": "55401"}), "user_location.zip", "NAME_INVALID"),
        (a_hit(user_location={"city": 1}), "user_location.city", "VALUE_INVALID"),
        (a_hit(user_location={"region_id": "MN"}), "user_location.region_id", "VALUE_INVALID"),
        (a_hit(user_location={"country_id": "USA"}), "user_location.country_id", "VALUE_INVALID"),
        ({"client_id": "1.1"}, "events", "VALUE_REQUIRED"),
        ({"client_id": "1.1", "events": []}, "events", "VALUE_REQUIRED"),
        (a_hit(*[NAMED] * 26), "events", "EXCEEDED_MAX_ENTITIES"),
        ({"client_id": "1.1", "events": ["page_view"]}, "events[0]", "VALUE_INVALID"),
        (a_hit(NAMED, {"params": {}}), "events[1].name", "VALUE_REQUIRED"),
        (a_hit({"name": "page view"}), "events[0].name", "NAME_INVALID"),
        (a_hit({"name": "1st"}), "events[0].name", "NAME_INVALID"),
        (a_hit({"name": "n" * 41}), "events[0].name", "NAME_INVALID"),
        (a_hit({"name": "session_start"}), "events[0].name", "NAME_RESERVED"),
        (a_hit({"name": "ga_call"}), "events[0].name", "NAME_RESERVED"),
        (a_hit({"name": "call", "params": []}), "events[0].params", "VALUE_INVALID"),
        (a_hit({"name": "call", "timestamp_micros": 1}), "events[0].timestamp_micros", "VALUE_OUT_OF_BOUNDS"),
        (
            a_hit({"name": "call", "params": {f"p{n}": n for n in range(26)}}),
            "events[0].params",
            "EXCEEDED_MAX_ENTITIES",
        ),
        (a_hit({"name": "call", "params": {"ga_session_id": 1}}), "events[0].params.ga_session_id", "NAME_RESERVED"),
        (
            a_hit({"name": "call", "params": {"firebase_conversion": 1}}),
            "events[0].params.firebase_conversion",
            "NAME_RESERVED",
        ),
        (a_hit({"name": "call", "params": {"c.name": "x"}}), "events[0].params.c.name", "NAME_INVALID"),
        (a_hit({"name": "call", "params": {"a": None}}), "events[0].params.a", "VALUE_INVALID"),
        (a_hit({"name": "call", "params": {"a": ["x"]}}), "events[0].params.a", "VALUE_INVALID"),
        (a_hit({"name": "call", "params": {"a": {"b": 1}}}), "events[0].params.a", "VALUE_INVALID"),
        (a_hit({"name": "call", "params": {"a": LONG}}), "events[0].params.a", "VALUE_OUT_OF_BOUNDS"),
        (
            a_hit({"name": "call", "params": TITLE}),
            "events[0].params.page_title",
            "VALUE_OUT_OF_BOUNDS",
        ),
        (
            a_hit({"name": "call", "params": {"page_referrer": "x" * 421}}),
            "events[0].params.page_referrer",
            "VALUE_OUT_OF_BOUNDS",
        ),
        (
            a_hit({"name": "call", "params": {"page_location": "x" * 1001}}),
            "events[0].params.page_location",
            "VALUE_OUT_OF_BOUNDS",
        ),
        (a_hit({"name": "call", "params": {"session_id": "CA1"}}), "events[0].params.session_id", "VALUE_INVALID"),
        (
            a_hit({"name": "call", "params": {"engagement_time_msec": "long"}}),
            "events[0].params.engagement_time_msec",
            "VALUE_INVALID",
        ),
        (a_hit({"name": "call", "params": {"value": 3}}), "events[0].params.currency", "VALUE_REQUIRED"),
    ],
)
def test_the_validation_server_names_what_is_wrong(google, body, path, code):
    found = google.judge(body)
    assert [(one["fieldPath"], one["validationCode"]) for one in found] == [(path, code)]
    assert found[0]["description"]


def test_the_validation_server_wants_a_secret_and_a_stream_and_knows_neither(google):
    assert [one["fieldPath"] for one in google.judge(a_hit(), query={})] == ["api_secret", "measurement_id"]
    assert google.judge(a_hit(), query={"api_secret": "wrong", "firebase_app_id": "1:2:web:3"}) == []


def test_everything_at_its_limit_passes(google):
    params = {
        "page_title": "x" * 300,
        "page_referrer": "x" * 420,
        "page_location": "x" * 1000,
        "session_id": "1700000000",
        "engagement_time_msec": 1,
        **{f"p{number}": "x" * 100 for number in range(20)},
    }
    top = {"client_id": "GA1.1.123.456", "timestamp_micros": int((time.time() - 71 * 3600) * 1e6)}
    assert google.judge({**top, "events": [{"name": "n" * 40, "params": params}] * 25}) == []
