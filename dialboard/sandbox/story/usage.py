"""What the story's calls and messages cost by day and category: Twilio's usage records.

Usage counts finished calls and their rounded-up minutes on the day they began, and all costs of that day whether or
not their prices are on the records yet, as Twilio's does. Categories nest: `calls` holds `calls-inbound`.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dialboard.sandbox.story.calls import Call
from dialboard.sandbox.story.messages import Message
from dialboard.sandbox.story.rhythm import DAY_S, utc
from dialboard.sandbox.story.world import NUMBERS

# category: (description, count unit, usage unit)
CATEGORIES = {
    "calls": ("Voice Minutes", "calls", "minutes"),
    "calls-inbound": ("Inbound Voice Minutes", "calls", "minutes"),
    "calls-inbound-local": ("Inbound Local Calls", "calls", "minutes"),
    "calls-inbound-tollfree": ("Inbound Toll Free Calls", "calls", "minutes"),
    "calls-outbound": ("Outbound Voice Minutes", "calls", "minutes"),
    "answering-machine-detection": ("Answering Machine Detection", "calls", "calls"),
    "sms": ("SMS Messages", "messages", "segments"),
    "sms-inbound": ("Inbound SMS", "messages", "segments"),
    "sms-inbound-longcode": ("Inbound SMS Long Code", "messages", "segments"),
    "sms-outbound": ("Outbound SMS", "messages", "segments"),
    "sms-outbound-longcode": ("Outbound SMS Long Code", "messages", "segments"),
    "sms-messages-carrierfees": ("Carrier Fees", "messages", "segments"),
    "mms": ("MMS Messages", "messages", "messages"),
    "mms-inbound": ("Inbound MMS", "messages", "messages"),
    "mms-outbound": ("Outbound MMS", "messages", "messages"),
    "channels": ("Channels", "messages", "messages"),
    "channels-whatsapp": ("WhatsApp", "messages", "messages"),
    "channels-whatsapp-inbound": ("WhatsApp Inbound", "messages", "messages"),
    "channels-whatsapp-outbound": ("WhatsApp Outbound", "messages", "messages"),
    "phonenumbers": ("Phone Numbers", "numbers", "numbers"),
    "phonenumbers-local": ("Local PhoneNumbers", "numbers", "numbers"),
    "phonenumbers-tollfree": ("Toll Free PhoneNumbers", "numbers", "numbers"),
    "recordings": ("Recordings", "recordings", "minutes"),
    "recordingstorage": ("Recording Storage", "recordings", "minutes"),
    "totalprice": ("Total Price", "usd", "usd"),
}
_DETECTION = 0.0075
_RENT = {False: 1.15, True: 2.15}  # a month, by toll-free
_RECORDED, _STORED = 0.0025, 0.0005  # a minute


class _Sheet:
    """Count, usage and price by category."""

    def __init__(self) -> None:
        self.count: defaultdict[str, float] = defaultdict(float)
        self.usage: defaultdict[str, float] = defaultdict(float)
        self.price: defaultdict[str, float] = defaultdict(float)

    def add(self, categories: Iterable[str], count: float, usage: float, price: float) -> None:
        for category in categories:
            self.count[category] += count
            self.usage[category] += usage
            self.price[category] += price

    def spend(self, category: str, count: float, usage: float, price: float, *, within: tuple[str, ...] = ()) -> None:
        """Like `add`, and into the total."""
        self.add((*within, category), count, usage, price)
        self.price["totalprice"] += price


def usage_of_day(
    calls: list[Call], messages: list[Message], day: int, account_sid: str, now_s: int
) -> list[dict[str, Any]]:
    """The records of every category for the day, as they stand at `now_s`, in the order of their names."""
    sheet = _Sheet()
    for call in calls:
        if call.ended_s <= now_s and call.outcome == "completed":
            _add_call(sheet, call)
    for message in messages:
        if message.settled_s <= now_s and message.sent_s is not None:
            _add_message(sheet, message)
    _add_rent(sheet)
    sheet.count["totalprice"] = sheet.usage["totalprice"] = sheet.price["totalprice"]
    as_of = min(now_s, (day + 3) * DAY_S)
    return [_record(category, sheet, day, account_sid, as_of) for category in sorted(CATEGORIES)]


def _add_call(sheet: _Sheet, call: Call) -> None:
    minutes = -(-call.seconds // 60)
    if call.direction == "inbound":
        toll_free = call.ours is not None and NUMBERS[call.ours].toll_free
        kind = "calls-inbound-tollfree" if toll_free else "calls-inbound-local"
        sheet.spend(kind, 1, minutes, call.cost, within=("calls", "calls-inbound"))
        sheet.spend("recordings", 1, minutes, minutes * _RECORDED)
        sheet.spend("recordingstorage", 1, minutes, minutes * _STORED)
        return
    sheet.spend("calls-outbound", 1, minutes, call.cost, within=("calls",))
    if call.answered_by:
        sheet.spend("answering-machine-detection", 1, 1, _DETECTION)


def _add_message(sheet: _Sheet, message: Message) -> None:
    way = "inbound" if message.direction == "inbound" else "outbound"
    if message.from_.startswith("whatsapp:"):
        within = ("channels", "channels-whatsapp")
        sheet.spend(f"channels-whatsapp-{way}", 1, 1, message.cost, within=within)
    elif message.media:
        sheet.spend(f"mms-{way}", 1, 1, message.cost, within=("mms",))
    else:
        sheet.spend(f"sms-{way}-longcode", 1, message.segments, message.cost, within=("sms", f"sms-{way}"))
    if message.fee:
        sheet.spend("sms-messages-carrierfees", 1, message.segments, message.fee)


def _add_rent(sheet: _Sheet) -> None:
    for number in NUMBERS:
        kind = "phonenumbers-tollfree" if number.toll_free else "phonenumbers-local"
        sheet.spend(kind, 1, 1, _RENT[number.toll_free] / 30, within=("phonenumbers",))


def _record(category: str, sheet: _Sheet, day: int, account_sid: str, as_of_s: int) -> dict[str, Any]:
    date = utc(day * DAY_S).date().isoformat()
    description, count_unit, usage_unit = CATEGORIES[category]
    uri = f"/2010-04-01/Accounts/{account_sid}/Usage/Records"
    query = f"?Category={category}&StartDate={date}&EndDate={date}"
    return {
        "category": category,
        "description": description,
        "account_sid": account_sid,
        "start_date": date,
        "end_date": date,
        "as_of": utc(as_of_s).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "count": _number(sheet.count[category]),
        "count_unit": count_unit,
        "usage": _number(sheet.usage[category]),
        "usage_unit": usage_unit,
        "price": f"{sheet.price[category]:.5f}",
        "price_unit": "usd",
        "api_version": "2010-04-01",
        "uri": f"{uri}/Daily.json{query}",
        "subresource_uris": {
            period: f"{uri}/{name}.json?Category={category}"
            for period, name in (
                ("all_time", "AllTime"),
                ("today", "Today"),
                ("daily", "Daily"),
                ("monthly", "Monthly"),
            )
        },
    }


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.5f}"
