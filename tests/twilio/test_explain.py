import msgspec
import pytest

from dialboard.errors import BadCredentials, DialboardError, OutsideRetention, Refused, TooManyRequests, Transient
from dialboard.outbound.http import Answer
from dialboard.twilio.explain import explain


def answer(status: int, body: object = None, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (answer(401, {"code": 20003, "message": "Authenticate"}), BadCredentials, "another account or region"),
        (answer(401, {"code": 70051, "message": "needs calls/list"}), Refused, "lacks a permission.*needs calls/list"),
        (answer(403, {"code": 20008, "message": "test credentials"}), Refused, "does not allow.*test credentials"),
        (answer(404, {"code": 20404}), Refused, "check the Account SID"),
        (answer(400, {"code": 20001, "message": "Invalid date value"}), Refused, "400, code 20001.*Invalid date"),
        (answer(400, {"type": "x", "title": "Bad", "detail": "no such field"}), Refused, "no such field"),
        (answer(503, None), Transient, "problem of its own"),
        (answer(500, {"code": 20500}, twilio_request_id="RQ1"), Transient, "request RQ1"),
    ],
)
def test_each_refusal_has_its_sentence(given: Answer, error: type[DialboardError], words: str) -> None:
    explained = explain(given, "AC1")
    assert type(explained) is error
    with pytest.raises(error, match=words):
        raise explained


def test_429_knows_how_long_to_wait() -> None:
    explained = explain(answer(429, {"code": 20429}, retry_after="7"), "AC1")
    assert isinstance(explained, TooManyRequests) and explained.retry_after_s == 7


def test_the_retention_is_learnt_from_the_answer() -> None:
    said = "Date range specified in query is partially or entirely outside of retention window of 90 days"
    explained = explain(answer(400, {"code": 20004, "message": said}), "AC1")
    assert isinstance(explained, OutsideRetention) and explained.days == 90


def test_a_proxy_s_page_is_not_repeated() -> None:
    assert "html" not in explain(Answer(502, {}, b"<html>bad gateway</html>"), "AC1").sentence
