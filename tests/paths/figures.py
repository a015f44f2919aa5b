"""Every shipped metric worked out again in plain Python, from Twilio's raw records and what senders told.

Nothing here is ours but the story that made the records: no extract, no store, no measure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
Records = list[Record]
Figure = int | float | Decimal | None

OVER = {"completed", "busy", "no-answer", "failed", "canceled"}
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
OUTER = {
    "calls", "sms", "mms", "channels", "phonenumbers", "shortcodes", "recordings", "recordingstorage", "mediastorage",
    "transcriptions", "lookups", "conversations", "taskrouter-tasks", "studio-engagements", "voice-insights",
    "voice-intelligence", "wireless", "verify-package-plans", "flex", "email", "premiumsupport",
}  # fmt: skip


def own(calls: Records) -> Records:
    """Without the legs that a call dialled."""
    return [call for call in calls if not call["parent_call_sid"]]


def inbound(records: Records) -> Records:
    return [record for record in records if record["direction"] == "inbound"]


def outbound(records: Records) -> Records:
    return [record for record in records if record["direction"].startswith("outbound")]


def with_status(records: Records, statuses: Iterable[str]) -> Records:
    wanted = set(statuses)
    return [record for record in records if record["status"] in wanted]


def completed(calls: Records) -> Records:
    return with_status(own(calls), ["completed"])


def seconds(calls: Records) -> list[int]:
    return [int(call["duration"]) for call in calls if call["duration"] is not None]


def cost(records: Records) -> Figure:
    prices = [-Decimal(record["price"]) for record in records if record["price"] is not None]
    return sum(prices, Decimal()) if prices else None


def share(some: Records, of: Records) -> Figure:
    return 100 * len(some) / len(of) if of else None


def percentile(values: list[int], fraction: float) -> Figure:
    """By linear interpolation between the two values beside it."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * fraction
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def charged(records: Records, categories: Iterable[str]) -> Figure:
    """Usage prices are above zero already, unlike those of calls and messages."""
    wanted = set(categories)
    found = [Decimal(str(record["price"])) for record in records if record["category"] in wanted]
    return sum(found, Decimal()) if found else None


def says_stop(message: Record) -> bool:
    return message["body"].strip().strip(".!").upper() in STOP_WORDS


# The list a metric is about, and how it is worked out from the records of a period.
FIGURES: dict[str, tuple[str, Callable[[Records], Figure]]] = {
    "calls": ("calls", lambda calls: len(own(calls))),
    "inbound_calls": ("calls", lambda calls: len(inbound(own(calls)))),
    "outbound_calls": ("calls", lambda calls: len(outbound(own(calls)))),
    "missed_calls": ("calls", lambda calls: len(with_status(inbound(own(calls)), OVER - {"completed"}))),
    "answer_rate": ("calls", lambda calls: share(completed(calls), with_status(own(calls), OVER))),
    "talk_time": ("calls", lambda calls: sum(seconds(completed(calls))) if seconds(completed(calls)) else None),
    "average_call_duration": (
        "calls",
        lambda calls: sum(seconds(completed(calls))) / len(completed(calls)) if completed(calls) else None,
    ),
    "call_duration_p90": ("calls", lambda calls: percentile(seconds(completed(calls)), 0.9)),
    "call_cost": ("calls", cost),
    "unique_callers": ("calls", lambda calls: len({call["from"] for call in inbound(own(calls))})),
    "messages": ("messages", len),
    "messages_inbound": ("messages", lambda messages: len(inbound(messages))),
    "messages_outbound": ("messages", lambda messages: len(outbound(messages))),
    "messages_failed": ("messages", lambda messages: len(with_status(outbound(messages), ["failed", "undelivered"]))),
    "undelivered_messages": ("messages", lambda messages: len(with_status(messages, ["undelivered"]))),
    "delivery_rate": (
        "messages",
        lambda messages: share(
            with_status(outbound(messages), ["delivered", "read"]),
            with_status(outbound(messages), ["delivered", "read", "undelivered", "failed"]),
        ),
    ),
    "segments": ("messages", lambda messages: sum(int(one["num_segments"]) for one in outbound(messages))),
    "message_cost": ("messages", cost),
    "opt_outs": ("messages", lambda messages: len([one for one in inbound(messages) if says_stop(one)])),
    "spend": ("usage", lambda usage: charged(usage, ["totalprice"])),
    "spend_by_category": ("usage", lambda usage: charged(usage, OUTER)),
    "tracked_events": ("events", len),
    "tracked_visitors": ("events", lambda events: len({event["visitorId"] for event in events})),
}

_PARTS: dict[str, Callable[[Record], str]] = {
    "status": lambda record: record["status"],
    "direction_class": lambda record: "inbound" if record["direction"] == "inbound" else "outbound",
    "error_code": lambda record: str(record["error_code"]),
    "category": lambda record: record["category"],
    "campaign_name": lambda record: record["campaign"],
}


def parts(metric: str, split: str, records: Records) -> dict[str, int | float | Decimal]:
    """The figure of each part in which there is something, the largest first."""
    groups: dict[str, Records] = defaultdict(list)
    for record in records:
        groups[_PARTS[split](record)].append(record)
    _, work_out = FIGURES[metric]
    found = {part: figure for part, some in groups.items() if (figure := work_out(some))}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


_TIMES = {"calls": "start_time", "messages": "date_sent"}


def day_of(resource: str, record: Record, zone: str) -> date | None:
    """The day of the period that the record belongs to; None when it belongs to none yet."""
    if resource == "usage":
        return date.fromisoformat(record["start_date"])
    if resource == "events":
        told: datetime = record["at"]
        return told.astimezone(ZoneInfo(zone)).date()
    text = record[_TIMES[resource]]
    return parsedate_to_datetime(text).astimezone(ZoneInfo(zone)).date() if text else None
