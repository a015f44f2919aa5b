import msgspec
import pytest

from dialboard.errors import Refused
from dialboard.twilio.page import is_twilio, read_page, with_page_size
from dialboard.twilio.resources import RESOURCES

CALLS = RESOURCES["calls"]
URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json?PageSize=1000"
BASE = "https://api.twilio.com"


def read(answer: object, base: str = BASE) -> tuple[list[bytes], str | None]:
    page = read_page(msgspec.json.encode(answer), CALLS, URL.replace(BASE, base), base)
    return page.records, page.next_url


def test_a_relative_link_is_completed() -> None:
    records, link = read({"calls": [{"sid": "CA1"}], "next_page_uri": "/2010-04-01/x?Page=1&PageToken=PACA1"})
    assert records == [b'{"sid":"CA1"}']
    assert link == "https://api.twilio.com/2010-04-01/x?Page=1&PageToken=PACA1"


def test_the_record_keeps_the_text_it_came_with() -> None:
    body = b'{"calls": [ {"sid":"CA1",  "price": "-0.00850"} ], "next_page_uri": null}'
    assert read_page(body, CALLS, URL, BASE).records == [b'{"sid":"CA1",  "price": "-0.00850"}']


@pytest.mark.parametrize(
    "answer",
    [
        {"meta": {"key": "alerts", "next_page_url": None}, "alerts": [{"sid": "NO1"}], "other": []},
        {"things": [{"sid": "NO1"}], "page": 0},
    ],
)
def test_the_records_are_found_by_meta_key_or_as_the_only_array(answer: object) -> None:
    assert read(answer) == ([b'{"sid":"NO1"}'], None)


def test_an_absolute_link_stays_with_twilio() -> None:
    answer = {"meta": {"key": "calls", "next_page_url": "https://monitor.twilio.com/v1/x?PageToken=1"}, "calls": []}
    assert read(answer)[1] == "https://monitor.twilio.com/v1/x?PageToken=1"


def test_an_absolute_link_is_led_to_the_base_url_of_a_sandbox() -> None:
    answer = {"meta": {"key": "calls", "next_page_url": "https://monitor.twilio.com/v1/x?PageToken=1"}, "calls": []}
    assert read(answer, "http://127.0.0.1:5")[1] == "http://127.0.0.1:5/v1/x?PageToken=1"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/x",
        "http://api.twilio.com/x",
        "https://twilio.com.evil.example/x",
        "https://api.twilio.com@evil.example/x",
        "https://api.twilio.com:8443/x",
        "//evil.example/x",
    ],
)
def test_credentials_never_follow_a_link_out_of_twilio(link: str) -> None:
    with pytest.raises(Refused, match=r"outside of twilio\.com"):
        read({"calls": [], "next_page_uri": link})


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"page": 0}', b'{"calls": 5}'])
def test_an_answer_that_is_no_list_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(Refused, match="not the list that was expected"):
        read_page(body, CALLS, URL, BASE)


def test_times_are_those_the_list_is_cut_by() -> None:
    page = read_page(
        b'{"calls": [{"start_time": "Fri, 18 Oct 2019 17:00:00 +0000"}, {"start_time": null}, {}]}', CALLS, URL, BASE
    )
    assert [str(at) for at in page.times(CALLS)] == ["2019-10-18 17:00:00+00:00", "None", "None"]


def test_only_the_page_size_of_a_link_changes() -> None:
    assert with_page_size("https://x/y?PageSize=1000&StartTime%3E=2026&A=", 50) == (
        "https://x/y?PageSize=50&StartTime%3E=2026&A="
    )


@pytest.mark.parametrize(("host", "is_it"), [("api.twilio.com", True), ("twilio.com", True), ("nottwilio.com", False)])
def test_whose_host_it_is(host: str, is_it: bool) -> None:
    assert is_twilio(host) is is_it
