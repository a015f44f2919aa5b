from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

import phonenumbers
import pytest

from dialboard.sandbox.story import Story

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
SETTLED = NOW + timedelta(days=5)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(7, NOW, calls=4000, messages=4000, days=60)


@pytest.mark.parametrize(("calls", "messages"), [(0, 0), (1, 1), (2, 3), (63, 64), (1001, 999)])
def test_exactly_as_many_exist_now_as_were_asked_for(calls: int, messages: int) -> None:
    story = Story(3, NOW, calls=calls, messages=messages, days=30)
    assert len(list(story.all_calls(NOW))) == calls
    assert len(list(story.all_messages(NOW))) == messages


def test_every_sid_is_there_once_and_leads_to_its_record(story: Story) -> None:
    calls, messages = list(story.all_calls(NOW)), list(story.all_messages(NOW))
    assert len({each.sid for each in [*calls, *messages]}) == 8000
    assert all(story.call_at(call.sid) == call for call in calls[::97])
    assert all(story.message_at(message.sid) == message for message in messages[::97])
    assert story.call_at("CA" + "0" * 32) is None and story.message_at("nonsense") is None


def test_a_day_is_the_same_whether_or_not_others_were_told(story: Story) -> None:
    alone = Story(7, NOW, calls=4000, messages=4000, days=60)
    day = story.first_day + 30
    assert alone.calls_of(day) == story.calls_of(day)
    assert alone.messages_of(day) == story.messages_of(day)
    assert Story(8, NOW, calls=4000, messages=4000, days=60).calls_of(day) != alone.calls_of(day)


def test_it_goes_on_at_the_same_pace(story: Story) -> None:
    week = timedelta(days=7)
    last = len(list(story.all_calls(NOW))) - len(list(story.all_calls(NOW - week)))
    coming = len(list(story.all_calls(NOW + week))) - 4000
    assert 0.6 * last < coming < 1.6 * last


def test_office_hours_and_weekdays_show(story: Story) -> None:
    hours = Counter(datetime.fromtimestamp(call.created_s, UTC).hour for call in story.all_calls(NOW))
    days = Counter(datetime.fromtimestamp(call.created_s, UTC).weekday() for call in story.all_calls(NOW))
    assert hours[15] > 10 * (hours[7] + 1) and days[1] > 2 * days[6] > 0


def test_a_leg_begins_after_its_call_and_ends_with_it(story: Story) -> None:
    calls = {call.sid: call for call in story.all_calls(NOW)}
    legs = [call for call in calls.values() if call.parent]
    assert len(legs) > 400
    for leg in legs:
        parent = calls[leg.parent or ""]
        assert parent.direction == "inbound" and parent.created_s <= leg.created_s
        assert leg.direction == "outbound-dial" and (leg.outcome != "completed" or leg.ended_s <= parent.ended_s + 60)


def test_records_are_of_full_size_in_twilio_s_types(story: Story) -> None:
    calls = [story.call_record(call, SETTLED) for call in story.all_calls(NOW)]
    messages = [story.message_record(message, SETTLED) for message in story.all_messages(NOW)]
    assert {len(call) for call in calls} == {27} and {len(message) for message in messages} == {20}
    answered = [call for call in calls if call["status"] == "completed"]
    assert all(Decimal(call["price"]) < 0 and int(call["duration"]) > 0 for call in answered)
    assert all(call["duration"] is None and call["price"] is None for call in calls if call["status"] != "completed")
    assert {message["error_code"] for message in messages} >= {None, 30003, 30005, 30006, 30007, 21610}


def test_statuses_and_prices_come_with_time(story: Story) -> None:
    call = next(call for call in story.all_calls(NOW) if call.outcome == "completed" and call.priced_s > call.ended_s)

    def seen(at_s: int) -> tuple[str, bool, bool]:
        record = story.call_record(call, datetime.fromtimestamp(at_s, UTC))
        return record["status"], record["end_time"] is not None, record["price"] is not None

    assert seen(call.created_s) == ("ringing", False, False)
    assert seen(call.answered_s) == ("in-progress", False, False)
    assert seen(call.ended_s) == ("completed", True, False)
    assert seen(call.priced_s) == ("completed", True, True)


def test_one_day_a_carrier_filters_what_is_sent(story: Story) -> None:
    def filtered(day: int) -> float:
        sent = [message for message in story.messages_of(day) if message.direction != "inbound"]
        return sum(message.error == 30007 for message in sent) / len(sent)

    assert filtered(story.incident) > 4 * max(filtered(story.incident - 7), 0.02)


def test_usage_agrees_with_the_calls_and_messages_of_the_day(story: Story) -> None:
    day = story.first_day + 33
    usage = {record["category"]: record for record in story.usage_records(day, SETTLED)}
    answered = [call for call in story.calls_of(day) if call.outcome == "completed"]
    cost = sum((Decimal(story.call_record(call, SETTLED)["price"]) for call in answered), Decimal())
    assert int(usage["calls"]["count"]) == len(answered)
    assert int(usage["calls"]["usage"]) == sum(ceil(call.seconds / 60) for call in answered)
    assert Decimal(usage["calls"]["price"]) == -cost
    inside = Decimal(usage["calls-inbound"]["price"]) + Decimal(usage["calls-outbound"]["price"])
    assert abs(inside - Decimal(usage["calls"]["price"])) < Decimal("0.0001")
    assert Decimal(usage["totalprice"]["price"]) > Decimal(usage["calls"]["price"])
    assert {record["price_unit"] for record in usage.values()} == {"usd"}


def test_usage_of_today_grows_and_of_tomorrow_is_none(story: Story) -> None:
    today = int(NOW.timestamp()) // 86400
    early, late = (
        {
            record["category"]: int(record["count"])
            for record in story.usage_records(today, at)
            if record["category"] == "calls"
        }["calls"]
        for at in (NOW - timedelta(hours=3), NOW)
    )
    assert early < late
    assert story.usage_records(today + 1, NOW) == []


def test_the_handler_tells_the_tracker_about_what_came_in(story: Story) -> None:
    from_, until = NOW - timedelta(hours=6), NOW
    requests = story.tracker_requests(from_, until, "G-ABC")
    incoming = [
        each.sid
        for each in [*story.all_calls(until), *story.all_messages(until)]
        if each.direction == "inbound" and from_.timestamp() <= each.created_s < until.timestamp()
    ]
    assert sorted(request["visitorId"] for request in requests) == sorted(incoming) and incoming
    required = {"gaid", "zip", "hostname", "path", "visitorId", "c.name", "c.source", "c.medium"}
    assert all(required <= set(request) and request["gaid"] == "G-ABC" for request in requests)
    assert {request["c.medium"] for request in requests} <= {"Phone", "SMS"}


def test_most_customers_are_at_home_and_their_numbers_are_nobody_s(story: Story) -> None:
    numbers = {call.from_ for call in story.all_calls(NOW) if call.direction == "inbound"}
    countries = Counter(phonenumbers.parse(number, None).country_code for number in numbers)
    assert countries[1] > 10 * countries[44] > 0
    assert all(number[5:9] == "5550" and 100 <= int(number[8:]) <= 199 for number in numbers if number.startswith("+1"))
