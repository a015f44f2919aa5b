import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialboard.deliver.kind import Request, Undeliverable
from dialboard.deliver.to import KINDS
from dialboard.deliver.to.google_analytics import GoogleAnalytics
from dialboard.errors import UsageError
from dialboard.outbound.http import Client
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.measurement_protocol import problems
from dialboard.sandbox.serve import running
from dialboard.shapes.delivery import Reason
from dialboard.shapes.event import Event
from tests.deliver.cast import NOON, SECRET, a_destination, an_event

KIND = GoogleAnalytics()
ALICE_GA = a_destination(settings={"measurement_id": "G-ALICE1"})


def built(event: Event, now: datetime | None = None, **changes: Any) -> Request:
    request = KIND.request(a_destination(settings={"measurement_id": "G-ALICE1"}, **changes), event, now or NOON)
    assert isinstance(request, Request)
    return request


def payload(now: datetime | None = None, **changes: Any) -> dict[str, Any]:
    return json.loads(built(an_event(**{"received_at": NOON} | changes), now).body)


def page(**changes: Any) -> dict[str, Any]:
    return payload(**changes)["events"][-1]["params"]


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    with running(GoogleAnalyticsSandbox()) as base:
        yield base


def test_a_call_becomes_a_campaign_and_a_page_view_of_one_session():
    got = payload(title="Welcome", referrer="https://example.com/ads", user_agent="Mozilla/5.0 (X11)")
    session = got["events"][0]["params"]["session_id"]
    assert session.isdecimal()
    assert got == {
        "client_id": got["client_id"],
        "timestamp_micros": 1_795_521_600_250_000,
        "user_location": {"city": "Minneapolis", "region_id": "US-MN", "country_id": "US"},
        "user_agent": "Mozilla/5.0 (X11)",
        "events": [
            {
                "name": "campaign_details",
                "params": {
                    "campaign": "+16125550100",
                    "source": "Twilio",
                    "medium": "Phone",
                    "session_id": session,
                    "engagement_time_msec": 1,
                },
            },
            {
                "name": "page_view",
                "params": {
                    "page_location": "https://phone.example.com/ivr/welcome?utm_campaign=%2B16125550100"
                    "&utm_source=Twilio&utm_medium=Phone",
                    "page_title": "Welcome",
                    "page_referrer": "https://example.com/ads",
                    "call_campaign": "+16125550100",
                    "call_source": "Twilio",
                    "call_medium": "Phone",
                    "session_id": session,
                    "engagement_time_msec": 1,
                },
            },
        ],
    }


def test_it_is_posted_to_google_with_the_stream_and_its_secret_in_the_query():
    request = built(an_event())
    assert request.url == "https://www.google-analytics.com/mp/collect"
    assert request.query == {"measurement_id": "G-ALICE1", "api_secret": SECRET}
    assert request.headers == {"Content-Type": "application/json"}
    assert SECRET not in repr(request)


def test_another_collect_address_is_used_as_it_is_given():
    endpoint = "https://region1.google-analytics.com/mp/collect"
    destination = a_destination(settings={"measurement_id": "G-ALICE1", "endpoint": endpoint})
    request = KIND.request(destination, an_event(), NOON)
    assert isinstance(request, Request) and request.url == endpoint


def test_without_a_measurement_id_of_its_own_the_gaid_names_the_stream():
    bare = a_destination(alias=None, settings={})
    request = KIND.request(bare, an_event(gaid="g-sender1"), NOON)
    assert isinstance(request, Request) and request.query["measurement_id"] == "G-SENDER1"
    assert KIND.request(bare, an_event(gaid="UA-1-1"), NOON) == Undeliverable(
        Reason.INVALID, "There is no measurement ID: give the destination one."
    )


def test_a_retry_builds_the_very_same_request():
    event = an_event(received_at=NOON)
    assert built(event, NOON).body == built(event, NOON + timedelta(hours=70)).body


def test_two_events_of_one_call_are_one_visitor_in_one_session():
    first, second = payload(path="/menu"), payload(path="/sales", received_at=NOON + timedelta(minutes=1), now=NOON)
    assert first["client_id"] == second["client_id"]
    assert first["events"][0]["params"]["session_id"] == second["events"][0]["params"]["session_id"]


def test_the_time_is_when_it_was_told_and_never_ahead():
    assert payload(now=NOON + timedelta(hours=3))["timestamp_micros"] == 1_795_521_600_250_000
    assert payload(now=NOON - timedelta(seconds=1))["timestamp_micros"] == 1_795_521_599_250_000


def test_an_account_without_a_key_still_has_ids_that_cannot_be_guessed():
    first = json.loads(built(an_event(), visitor_key="").body)["client_id"]
    other = json.loads(built(an_event(), visitor_key="", secret="another").body)["client_id"]
    assert first != other


@pytest.mark.parametrize(("medium", "sent"), [("SMS", "sms"), ("Sms", "sms"), ("Phone", "Phone"), (" Fax ", "Fax")])
def test_only_a_lower_case_sms_is_googles_channel(medium, sent):
    got = payload(campaign_medium=medium)["events"]
    assert got[0]["params"]["medium"] == got[1]["params"]["call_medium"] == sent


def test_without_a_campaign_there_is_only_the_page_view():
    got = payload(campaign_name="", campaign_source=" ", campaign_medium="")["events"]
    assert [one["name"] for one in got] == ["page_view"]
    assert got[0]["params"]["page_location"] == "https://phone.example.com/ivr/welcome"
    assert not [name for name in got[0]["params"] if name.startswith("call_")]


@pytest.mark.parametrize(
    ("hostname", "path", "location"),
    [
        ("example.com", "/a", "https://example.com/a"),
        ("example.com", "a/b", "https://example.com/a/b"),
        ("example.com", "", "https://example.com/"),
        ("example.com:8443", "/", "https://example.com:8443/"),
        ("https://example.com/x", "/a", "https://example.com/a"),
        ("", "/a", "https://localhost/a"),
        ("ex ample\n.com", "/a", "https://example.com/a"),
        ("[evil", "/a", "https://evil/a"),
        ("alice@example.com", "/a", "https://email/a"),
        ("55!401.example.com", "/a", "https://zip.example.com/a"),
        ("example.com", "/ä ö", "https://example.com/%C3%A4%20%C3%B6"),
        ("example.com", "/x?step=1", "https://example.com/x?step=1"),
        ("example.com", "https://example.com/voice?step=1", "https://example.com/voice?step=1"),
        ("example.com", "HTTP://proxy.example:8080", "https://example.com/"),
        ("example.com", "//evil.example/x", "https://example.com/evil.example/x"),
        (
            "example.com",
            "/twiml?CallSid=CA1&From=%2B16125550199&FromZip=55401",
            "https://example.com/twiml?CallSid=CA1",
        ),
    ],
)
def test_the_page_is_an_address(hostname, path, location):
    got = page(hostname=hostname, path=path)["page_location"]
    assert got.startswith(location + ("&" if "?" in location else "?") + "utm_campaign=")


@pytest.mark.parametrize(
    ("agent", "sent"),
    [
        ("Mozilla/5.0", "Mozilla/5.0"),
        ("TwilioProxy/1.1", None),
        ("twilio-ruby/5", None),
        ("Dialboard/0.1.0", None),
        ("TwolBox Tracker", None),
        ("", None),
        (None, None),
        ("bot (mail bob@example.com)", "bot (mail [email])"),
    ],
)
def test_only_a_visitors_own_user_agent_is_sent(agent, sent):
    assert payload(user_agent=agent).get("user_agent") == sent


@pytest.mark.parametrize(
    ("city", "state", "country", "place"),
    [
        ("MINNEAPOLIS", "MN", "US", {"city": "Minneapolis", "region_id": "US-MN", "country_id": "US"}),
        ("TORONTO", "ON", "CA", {"city": "Toronto", "region_id": "CA-ON", "country_id": "CA"}),
        ("LONDON", "", "GB", {"city": "London", "country_id": "GB"}),
        ("", "", "DE", {"country_id": "DE"}),
        (None, "101", "IS", {"region_id": "IS-101", "country_id": "IS"}),
        (None, "Bayern", "Germany", {"country_id": "DE"}),
        (None, "MN", None, None),
        (None, None, None, None),
        ("", "", "", None),
    ],
)
def test_the_place_is_said_in_iso_codes_or_not_at_all(city, state, country, place):
    assert payload(city=city, state=state, country=country).get("user_location") == place


def test_a_zip_code_is_not_sent_as_a_region():
    assert payload(zip="101", city=None, state="101", country="IS")["user_location"] == {"country_id": "IS"}


PERSONAL = {
    "path": "/from/+16125550199/x?caller_number=6125550199&mail=carol%40example.com",
    "title": "Call from (612) 555-0199 <carol@example.com>",
    "referrer": "https://crm.example.com/contact/%2B16125550199?q=carol@example.com",
    "hostname": "+16125550199.example.com",
    "visitor_id": "+16125550199",
    "campaign_source": "carol@example.com",
    "campaign_medium": "+16125550199",
    "campaign_name": "+16125550100 carol@example.com",
    "zip": "55999",
    "city": "16125550199",
    "user_agent": "carol@example.com",
}


def test_neither_the_callers_number_nor_mail_nor_zip_is_sent_but_our_own_number_is():
    body = built(an_event(**PERSONAL)).body.decode()
    for secret in ("5550199", "555-0199", "carol", "55999"):
        assert secret not in body, body
    assert "+16125550100 [email]" in body


def test_no_other_field_brings_the_zip_or_a_number_to_google():
    told = {"zip": "55401", "path": "/call/55401", "title": "At 55401", "referrer": "https://a.example/?z=55401"}
    told |= {"campaign_name": "Mailer 55401", "campaign_source": "zip 55401", "campaign_medium": "55401"}
    body = built(an_event(**told, user_agent="Mozilla/5.0 (caller +16125559999; 55401)")).body.decode()
    assert "55401" not in body and "5559999" not in body and "Mozilla/5.0" in body
    assert '"campaign":"Mailer [zip]"' in body


ZIPS = ["55401", "554 01", "55401 1234", "8001", "K1A 0B1", "SW1A 1AA", "LV 1010"]
NUMBERS = ["+1 612 555 0199", "1 (612) 555 0199", "(612) 555 0199", "612 555 0199", "+44 20 7946 0958", "020 7946 0958"]
BLANKS = ["", " ", "  ", "-", "+", "_", "\u2011", "\u2013", "\u00a0"]  # what people write for a blank of the above
FRAMES = ["*", "near *", "MN,*", "/store/*", "zip: *.", '{"from":"*"}', "/x?q=at *", "http://x/?a=1&q=*", "<*>", "?*=1"]
FREE_TEXTS = [
    "path", "title", "referrer", "user_agent", "city", "hostname",
    "campaign_name", "campaign_source", "campaign_medium",
]  # fmt: skip


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def told(payload: dict[str, Any]) -> list[str]:
    """Letters and digits of every text, below its encoding; without ids and times, whose digits mean nothing."""
    groups = [payload.get("user_location", {}), {"": payload.get("user_agent", "")}]
    groups += [event["params"] for event in payload["events"]]
    ours = {"session_id", "engagement_time_msec"}
    return [letters(unquote(unquote(unquote(group[name])))) for group in groups for name in group if name not in ours]


def encoded(text: str, times: int, whole: bool) -> str:
    for _ in range(times):
        text = "".join(f"%{byte:02X}" for byte in text.encode()) if whole else quote(text, safe="")
    return text


frames = st.tuples(st.sampled_from(FREE_TEXTS), st.sampled_from(FRAMES), st.sampled_from(BLANKS))
encodings = st.tuples(st.integers(0, 3), st.booleans())


@settings(max_examples=400, deadline=None)
@given(frames, encodings, st.sampled_from(ZIPS))
def test_no_spelling_of_the_zip_comes_through_by_any_field(around, encoding, zip_code):
    field, frame, blank = around
    text = encoded(frame.replace("*", zip_code.replace(" ", blank)), *encoding)
    got = told(payload(**{"zip": zip_code, field: text}))
    assert not [one for one in got if letters(zip_code).removeprefix("lv") in one]


@settings(max_examples=400, deadline=None)
@given(frames, encodings, st.sampled_from(NUMBERS), st.sampled_from(["", ".", "/", " - "]))
def test_no_spelling_of_a_number_comes_through_but_by_the_name_of_the_campaign(around, encoding, number, other_blank):
    field, frame, blank = around
    text = encoded(frame.replace("*", number.replace(" ", other_blank or blank)), *encoding)
    got = told(payload(**{field: text}))
    assert field == "campaign_name" or not [one for one in got if letters(number) in one]


@pytest.mark.parametrize("length", [10, 99, 100, 101, 299, 300, 301, 420, 421, 1000, 1001, 50_000])
def test_everything_is_cut_at_googles_limits(length):
    text = "ä" * length
    changes = {name: text for name in ("path", "title", "referrer", "city", "user_agent", "visitor_id", "hostname")}
    campaigns = {name: text for name in ("campaign_name", "campaign_source", "campaign_medium")}
    for wanted in (changes, campaigns, changes | campaigns):
        request = built(an_event(**wanted, received_at=datetime.now(NOON.tzinfo)), datetime.now(NOON.tzinfo))
        assert problems(request.query, request.body) == []
        assert len(request.body) < 130_000
    assert "utm_source=Twilio" in page(path="/" + "x" * length)["page_location"]


def test_a_path_is_not_cut_within_a_character():
    for length in range(330, 345):
        location = page(path="/" + "x" * (length % 7) + "€" * length, campaign_name="n")["page_location"]
        assert len(location) <= 1000
        path = urlsplit(location).path
        assert "%" not in path.replace("%E2%82%AC", "")
        assert path.count("%E2%82%AC") > 50


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "T", "referrer": "https://a.example/?b=c", "user_agent": "Mozilla/5.0"},
        {"campaign_medium": "SMS", "visitor_id": "SM" + "0" * 32},
        {"campaign_name": "", "campaign_source": "", "campaign_medium": ""},
        {"city": "", "state": "", "country": "", "zip": ""},
        {"city": None, "state": None, "country": None},
        {"visitor_id": "GA1.1.1234567890.1700000000"},
        {"path": "", "hostname": ""},
        PERSONAL,
        {"path": "/" + "€" * 5_000, "title": "x" * 5_000, "referrer": "https://x.example/" + "%41" * 3_000},
    ],
)
def test_googles_validation_server_has_nothing_to_say(google, changes):
    now = datetime.now(NOON.tzinfo)
    request = built(an_event(received_at=now - timedelta(hours=70), **changes), now)
    with Client(allow_private=True) as client:
        answer = client.post(f"{google}/debug/mp/collect", request.body, query=request.query, headers=request.headers)
    assert json.loads(answer.body) == {"validationMessages": []}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.none()


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({name: TEXT for name in PERSONAL}), st.sampled_from(["US", "DE", "Narnia", "", None]))
def test_whatever_a_sender_says_makes_a_valid_request(texts, country):
    optional = {"title", "referrer", "city", "user_agent"}
    changes = {name: text if name in optional else text or "" for name, text in texts.items()}
    now = datetime.now(NOON.tzinfo)
    request = built(an_event(received_at=now, country=country, **changes), now)
    assert problems(request.query, request.body) == []
    location = json.loads(request.body)["events"][-1]["params"]["page_location"]
    assert urlsplit(location).scheme == "https"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": {}}, "measurement ID is ''"),
        ({"settings": {"measurement_id": "UA-12345-1"}}, "has to look like G-"),
        ({"settings": {"measurement_id": "G-ALICE1"}, "secret": " "}, "API secret is empty"),
    ],
)
def test_settings_that_cannot_work_are_named_with_the_cure(changes, words):
    with pytest.raises(UsageError, match=words):
        KIND.check(a_destination(**changes))


def test_a_collect_address_inside_is_the_operators_to_give():
    inside = {"measurement_id": "G-ALICE1", "endpoint": "http://127.0.0.1:8001/mp/collect"}
    KIND.check(a_destination(settings=inside))
    with pytest.raises(UsageError, match="The endpoint cannot be used"):
        KIND.check(a_destination(settings=inside, private_address_allowed=False))


@pytest.mark.parametrize("status", [301, 400, 403, 404, 405, 413])
def test_a_bad_answer_is_explained_without_anything_secret(status):
    sentence = KIND.explain(status, SECRET.encode())
    assert sentence.endswith(".") and SECRET not in sentence


def test_it_is_in_the_table_under_its_name():
    assert isinstance(KINDS["google-analytics"], GoogleAnalytics)
