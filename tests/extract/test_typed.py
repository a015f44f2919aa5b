from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from dialboard.extract.typed import Report, event_row, rows
from dialboard.shapes.event import Event
from dialboard.shapes.tracker import EVENTS
from dialboard.twilio.resources import RESOURCES

CALLS, MESSAGES, USAGE = RESOURCES["calls"], RESOURCES["messages"], RESOURCES["usage_daily"]
CALL = {
    "sid": "CA1",
    "status": "completed",
    "direction": "inbound",
    "from": "+14155550101",
    "to": "+14155550100",
    "start_time": "Fri, 18 Oct 2019 17:00:00 +0000",
    "date_created": "Fri, 18 Oct 2019 17:00:00 +0000",
    "duration": "42",
    "price": "-0.00850",
    "price_unit": "usd",
    "parent_call_sid": "",
}
MESSAGE = {
    "sid": "SM1",
    "direction": "inbound",
    "from": "whatsapp:+447700900123",
    "to": "whatsapp:+14155550100",
    "body": "my secret words",
    "num_segments": "1",
    "num_media": "0",
    "error_code": 30003,
    "date_created": "Fri, 18 Oct 2019 17:00:00 +0000",
    "date_sent": "Fri, 18 Oct 2019 17:00:03 +0000",
}


def values(resource: Any, record: dict[str, Any]) -> dict[str, Any]:
    (row,) = rows(resource, [record])
    return dict(row.values)


def test_numbers_times_and_money_are_typed() -> None:
    call = values(CALLS, CALL)
    assert call["start_time"] == datetime(2019, 10, 18, 17, tzinfo=UTC)
    assert call["duration"] == 42
    assert call["price"] == Decimal("0.00850000") and str(call["price"]) == "0.00850000"
    assert call["currency"] == "USD"
    assert (call["our_number"], call["other_party"], call["country"]) == ("+14155550100", "+14155550101", "US")


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_none_and_no_trouble(nothing: str | None) -> None:
    report = Report()
    (row,) = rows(CALLS, [{**CALL, "duration": nothing, "price": nothing, "end_time": nothing}], report=report)
    assert (row.values["duration"], row.values["price"], row.values["end_time"]) == (None, None, None)
    assert row.values["parent_call_sid"] is None and not report.unread


@pytest.mark.parametrize(
    ("field", "source", "text"),
    [
        ("duration", "duration", "long"),
        ("duration", "duration", "1.5"),
        ("duration", "duration", "9" * 30),
        ("duration", "duration", [1]),
        ("price", "price", "free"),
        ("price", "price", "NaN"),
        ("price", "price", {"a": 1}),
        ("price", "price", "1e400"),
        ("start_time", "start_time", "yesterday"),
        ("start_time", "start_time", "Fri, 99 Oct 2019 17:00:00 +0000"),
        ("start_time", "start_time", 5),
        ("status", "status", ["completed"]),
        ("currency", "price_unit", {"x": 1}),
    ],
)
def test_what_cannot_be_read_is_none_counted_and_stops_nothing(field: str, source: str, text: Any) -> None:
    report = Report()
    made = rows(CALLS, [{**CALL, source: text}, {**CALL, "sid": "CA2"}], report=report)
    assert [row.key for row in made] == ["CA1", "CA2"]
    assert made[0].values[field] is None
    assert report.unread == {field: 1} and not report.refused


def test_a_record_without_its_key_is_refused_with_the_reason() -> None:
    report = Report()
    made = rows(CALLS, [{"status": "completed"}, b"[]", b"{", {**CALL, "sid": 5}, CALL], report=report)
    assert [row.key for row in made] == ["CA1"]
    assert report.refused == {"has no sid": 2, "is not a JSON object": 1, "is not JSON": 1}


@pytest.mark.parametrize(
    ("price", "cost"), [("-1.5", "1.50000000"), ("0.00000", "0E-8"), ("2", "-2.00000000"), (-0.25, "0.25000000")]
)
def test_a_cost_is_above_zero_and_a_credit_below(price: Any, cost: str) -> None:
    assert str(values(CALLS, {**CALL, "price": price})["price"]) == cost


def test_usage_prices_stay_as_they_are_and_days_are_days() -> None:
    record = {
        "account_sid": "AC1",
        "category": "calls",
        "start_date": "2026-11-01",
        "price": "3.2",
        "price_unit": "usd",
        "count": "12",
        "usage": "30.5",
        "as_of": "2026-11-02T00:00:00+00:00",
    }
    (row,) = rows(USAGE, [record])
    assert row.key == "AC1/calls/2026-11-01"
    assert row.values["day"] == date(2026, 11, 1)
    assert (row.values["price"], row.values["currency"], row.values["usage"]) == (Decimal("3.2"), "USD", 30.5)
    assert row.values["as_of"] == datetime(2026, 11, 2, tzinfo=UTC)


def test_a_body_is_not_kept_but_its_length_and_class_are() -> None:
    (row,) = rows(MESSAGES, [MESSAGE])
    assert b"secret words" not in row.record and "secret words" not in str(row.values)
    assert (row.values["body_length"], row.values["keyword"]) == (15, "none")
    assert msgspec.json.decode(row.record) == {name: value for name, value in MESSAGE.items() if name != "body"}


def test_a_body_is_kept_when_the_owner_asks() -> None:
    (row,) = rows(MESSAGES, [MESSAGE], keep_bodies=True)
    assert msgspec.json.decode(row.record) == MESSAGE


def test_the_whole_record_can_be_given_back_as_it_came() -> None:
    raw = b'{ "sid": "CA1",  "unknown": {"a": [1, 2.50]} }'
    (row,) = rows(CALLS, [raw])
    assert row.record == raw


@pytest.mark.parametrize(
    ("body", "keyword"),
    [("STOP", "STOP"), (" stop. ", "STOP"), ("Unsubscribe", "STOP"), ("start", "START"), ("HELP", "HELP"),
     ("please stop calling", "none"), ("", "none"), (None, None)],
)  # fmt: skip
def test_stop_and_start_are_recognised_in_what_comes_in(body: str | None, keyword: str | None) -> None:
    assert values(MESSAGES, {**MESSAGE, "body": body})["keyword"] == keyword
    assert values(MESSAGES, {**MESSAGE, "body": body, "direction": "outbound-api"})["keyword"] is None


@pytest.mark.parametrize(
    ("record", "channel", "country"),
    [
        ({}, "whatsapp", "GB"),
        ({"from": "+14165550101"}, "sms", "CA"),
        ({"from": "+14155550101", "num_media": "2"}, "mms", "US"),
        ({"from": "messenger:123"}, "messenger", None),
        ({"from": "72345"}, "sms", None),
        ({"direction": "outbound-api", "to": "+18765550100"}, "sms", "JM"),
        ({"direction": "outbound-api", "to": "+4930231250", "num_media": "0"}, "sms", "DE"),
        ({"from": None}, "sms", None),
    ],
)
def test_channel_and_country_are_those_of_the_other_party(
    record: dict[str, Any], channel: str, country: str | None
) -> None:
    message = values(MESSAGES, {**MESSAGE, **record})
    assert (message["channel"], message["country"]) == (channel, country)


@pytest.mark.parametrize(
    ("direction", "ours", "way"),
    [
        ("inbound", "+14155550100", "inbound"),
        ("outbound-api", "+14155550101", "outbound"),
        ("outbound-dial", "+14155550101", "outbound"),
        ("trunking-originating", "+14155550100", "inbound"),
        ("trunking-terminating", "+14155550101", "outbound"),
        (None, "+14155550101", None),
    ],
)
def test_our_number_follows_from_the_direction(direction: str | None, ours: str, way: str | None) -> None:
    call = values(CALLS, {**CALL, "direction": direction})
    assert (call["our_number"], call["direction_class"]) == (ours, way)


def test_how_long_a_message_waited() -> None:
    assert values(MESSAGES, MESSAGE)["seconds_to_send"] == 3.0
    assert values(MESSAGES, {**MESSAGE, "date_sent": None})["seconds_to_send"] is None


def test_an_event_becomes_a_row_of_events() -> None:
    event = Event(
        id="evt_1", account="acc_1", key="k", received_at=datetime(2026, 11, 1, tzinfo=UTC), gaid="UA-1-1", zip="",
        hostname="h", path="/voice", visitor_id="CA1", campaign_name="+1415", campaign_source="Twilio",
        campaign_medium="Phone", city="OAKLAND",
    )  # fmt: skip
    row = event_row(7, event)
    assert row.key == "evt_1" and b"acc_1" not in row.record
    assert (row.values["sequence"], row.values["channel"], row.values["city"]) == (7, "phone", "OAKLAND")
    assert row.values["received_at"] == event.received_at
    assert set(row.values) == {field.name for field in EVENTS.fields}


@pytest.mark.parametrize(
    ("visitor", "medium", "channel"),
    [("SM1", "x", "sms"), ("MM1", "x", "sms"), ("bob", "SMS", "sms"), ("bob", "phone", "phone"), ("bob", "mail", None)],
)
def test_an_event_s_channel(visitor: str, medium: str, channel: str | None) -> None:
    event = Event(
        id="evt_1", account="a", key="k", received_at=datetime(2026, 11, 1, tzinfo=UTC), gaid="g", zip="", hostname="h",
        path="/", visitor_id=visitor, campaign_name="c", campaign_source="s", campaign_medium=medium,
    )  # fmt: skip
    assert event_row(1, event).values["channel"] == channel
