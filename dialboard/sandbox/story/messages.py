"""The messages of the story: what happens to each, and its record as Twilio would give it at an instant."""

from typing import Any

from msgspec import Struct

from dialboard.sandbox.story.dice import Dice, Throw, log_normal, pick
from dialboard.sandbox.story.rhythm import DAY_S, Rhythm, utc
from dialboard.sandbox.story.world import (
    CARRIER_FEE,
    NUMBERS,
    PICTURE_IN,
    PICTURE_OUT,
    SEGMENT,
    WHATSAPP,
    WHATSAPP_MESSAGE,
    abroad_of,
    customer,
    incoming_number,
)
from dialboard.shapes.times import write_rfc2822

_DIRECTIONS = (("outbound-api", 0.70), ("inbound", 0.90), ("outbound-reply", 1.0))
_WHATSAPP = 0.05
_PICTURES = 0.04
_FAILURE = 0.045
_FAILURE_IN_INCIDENT = 0.42
# Of all failures, up to this fraction. Source: twilio.com/docs/api/errors, read 2026-11.
_ERRORS = (
    (30003, "Unreachable destination handset", 0.34),
    (30005, "Unknown destination handset", 0.56),
    (30006, "Landline or unreachable carrier", 0.74),
    (30007, "Message filtered", 0.90),
    (30008, "Unknown error", 0.96),
    (21610, "Attempt to send to unsubscribed recipient", 1.0),
)
_FILTERED = _ERRORS[3]
# This one is known before the message is sent: it never gets a date_sent.
_UNSENT = 21610

_OUTGOING = (
    "Your appointment is tomorrow at {0}. Reply C to confirm or call us to change it.",
    "Hi, this is Harbor Dental. We have an opening on {1} at {0}. Interested?",
    "Your order {2} is on its way and should arrive on {1}.",
    "Thanks for calling! Was everything all right? Reply with a number from 1 to 5.",
    "Reminder: invoice {2} is due on {1}. Pay online or reply HELP. Reply STOP to opt out.",
    "Your verification code is {2}.",
    "We are closed on {1}. You can book any time on our website; our team will get back to you the next morning and "
    "will gladly find a time that suits you. Reply STOP to opt out of reminders like this one.",
)
_REPLIES = (
    "You are confirmed. See you at {0}!",
    "Thanks! Somebody from our team will call you back on {1}.",
    "You have been unsubscribed and will get no more messages from us.",
)
_INCOMING = (
    "C", "Yes please", "What time is it again?", "5", "4", "Can we do {1} instead?", "Running ten minutes late, sorry",
    "Is {0} still free?", "Thank you!", "Please call me back", "Where do I park?", "OK",
)  # fmt: skip
_STOP, _START, _HELP = 0.030, 0.036, 0.046  # of incoming texts, up to this fraction
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Message(Struct, frozen=True, gc=False, kw_only=True):
    """What happens, all of it; times in Unix seconds."""

    number: int
    sid: str
    direction: str
    from_: str
    to: str
    body: str
    media: int
    segments: int
    created_s: int
    sent_s: int | None  # None: it fails before it is sent
    settled_s: int  # delivered, failed or received
    read_s: int | None
    outcome: str
    error: int | None
    error_message: str | None
    from_service: bool
    cost: float  # dollars
    fee: float  # to the carrier; only in usage records
    priced_s: int


def messages_of_day(dice: Dice, rhythm: Rhythm, day: int, incident: int) -> list[Message]:
    """The day's messages, oldest first. On day `incident` a carrier filters most of what is sent in the afternoon."""
    begin, end = day * DAY_S, (day + 1) * DAY_S
    number = rhythm.first_from(begin)
    messages: list[Message] = []
    while rhythm.count:
        throw = dice.throw(number)
        at_s = rhythm.at_s(number, throw.fractions[0])
        if at_s >= end:
            break
        if at_s >= begin:
            messages.append(_message(dice, number, throw, at_s, day == incident and at_s % DAY_S >= 15 * 3600))
        number += 1
    return sorted(messages, key=lambda message: (message.created_s, message.number))


def _message(dice: Dice, number: int, throw: Throw, at_s: int, incident: bool) -> Message:
    chances = throw.fractions
    direction = next(way for way, until in _DIRECTIONS if chances[1] < until)
    media = int(chances[8] < _PICTURES)
    whatsapp = not media and chances[8] > 1 - _WHATSAPP
    sid = dice.sid("MM" if media else "SM", throw, number)
    shape = _incoming if direction == "inbound" else _outgoing
    return shape(sid, number, direction, chances, at_s, media, whatsapp, incident)


def _incoming(
    sid: str, number: int, direction: str, chances: list[float], at_s: int, media: int, whatsapp: bool, incident: bool
) -> Message:
    from_ = customer(chances[4], chances[5])
    body = _incoming_text(chances)
    segments = segments_of(body)
    cost = WHATSAPP_MESSAGE if whatsapp else PICTURE_IN if media else segments * SEGMENT
    return Message(
        number=number, sid=sid, direction=direction, from_=f"whatsapp:{from_}" if whatsapp else from_,
        to=WHATSAPP if whatsapp else incoming_number(chances[2]).number, body=body, media=media, segments=segments,
        created_s=at_s, sent_s=at_s, settled_s=at_s, read_s=None, outcome="received", error=None, error_message=None,
        from_service=False, cost=round(cost, 5), fee=0.0, priced_s=at_s + 5 + int(chances[9] * 60),
    )  # fmt: skip


def _incoming_text(chances: list[float]) -> str:
    word = chances[3]
    if word < _HELP:
        return "STOP" if word < _STOP * 0.7 else "Stop" if word < _STOP else "START" if word < _START else "HELP"
    return _filled(pick(_INCOMING, chances[10]), chances[11])


def _outgoing(
    sid: str, number: int, direction: str, chances: list[float], at_s: int, media: int, whatsapp: bool, incident: bool
) -> Message:
    to = customer(chances[4], chances[5])
    error = _failure(chances[3], chances[9], whatsapp, incident)
    unsent = error is not None and error[0] == _UNSENT
    sent_s = at_s + 1 + int(chances[6] * 3)
    settled_s = sent_s + 1 + int(min(log_normal(chances[7], 5, 1.4), 2 * DAY_S))
    body = _filled(pick(_REPLIES if direction == "outbound-reply" else _OUTGOING, chances[10]), chances[11])
    segments = segments_of(body)
    abroad = abroad_of(to)
    cost = _price(segments, media, whatsapp, abroad.message if abroad else None)
    charged = error is None or error[0] not in (_UNSENT, 30007)
    read = whatsapp and error is None and chances[9] < 0.7
    return Message(
        number=number, sid=sid, direction=direction,
        from_=WHATSAPP if whatsapp else pick(NUMBERS, chances[2]).number, to=f"whatsapp:{to}" if whatsapp else to,
        body=body, media=media, segments=segments, created_s=at_s, sent_s=None if unsent else sent_s,
        settled_s=at_s + 1 if unsent else settled_s, read_s=settled_s + 30 + int(chances[0] * 9000) if read else None,
        outcome=_outcome(error), error=error[0] if error else None, error_message=error[1] if error else None,
        from_service=direction == "outbound-api" and not whatsapp, cost=round(cost, 5) if charged else 0.0,
        fee=0.0 if whatsapp or abroad or not charged else round(segments * CARRIER_FEE, 5),
        priced_s=sent_s + 10 + int(chances[2] * 1200),
    )  # fmt: skip


def _price(segments: int, media: int, whatsapp: bool, abroad: float | None) -> float:
    if whatsapp:
        return WHATSAPP_MESSAGE
    return PICTURE_OUT if media else segments * (abroad or SEGMENT)


def _failure(luck: float, which: float, whatsapp: bool, incident: bool) -> tuple[int, str, float] | None:
    """None for a message that arrives."""
    if luck >= (_FAILURE_IN_INCIDENT if incident else _FAILURE):
        return None
    if incident and luck >= _FAILURE:
        return _FILTERED
    error = next(error for error in _ERRORS if which < error[2])
    return _ERRORS[0] if whatsapp else error


def _outcome(error: tuple[int, str, float] | None) -> str:
    if error is None:
        return "delivered"
    return "failed" if error[0] in (_UNSENT, 30008) else "undelivered"


def _filled(text: str, chance: float) -> str:
    number = int(chance * 900_000) + 100_000
    return text.format(f"{9 + number % 8}:{number % 2 * 3}0", _DAYS[number % 5], number)


def segments_of(body: str) -> int:
    """How many parts a text of the GSM alphabet is split into. Source: twilio.com/docs/glossary (read 2026-11)."""
    return 1 if len(body) <= 160 else -(-len(body) // 153)


def message_record(message: Message, account_sid: str, service_sid: str, now_s: int) -> dict[str, Any]:
    """The full record of 20 fields as Twilio gives it at `now_s`, which is not before the message."""
    sent = message.sent_s is not None and now_s >= message.sent_s
    settled = now_s >= message.settled_s
    read = message.read_s is not None and now_s >= message.read_s
    priced = message.sent_s is not None and now_s >= message.priced_s
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}"
    failed = settled and message.error is not None
    return {
        "body": message.body,
        "num_segments": str(message.segments),
        "direction": message.direction,
        "from": message.from_,
        "date_updated": _at(_updated_s(message, sent, settled, read)),
        "price": (f"{-message.cost:.5f}" if message.cost else "0.00000") if priced else None,
        "error_message": message.error_message if failed else None,
        "uri": f"{uri}.json",
        "account_sid": account_sid,
        "num_media": str(message.media),
        "to": message.to,
        "date_created": _at(message.created_s),
        "status": "read" if read else message.outcome if settled else "sent" if sent else "queued",
        "sid": message.sid,
        "date_sent": _at(message.sent_s) if sent and message.sent_s is not None else None,
        "messaging_service_sid": service_sid if message.from_service else None,
        "error_code": message.error if failed else None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


def _updated_s(message: Message, sent: bool, settled: bool, read: bool) -> int:
    if read and message.read_s is not None:
        return message.read_s
    if settled:
        return message.settled_s
    return message.sent_s if sent and message.sent_s is not None else message.created_s


def _at(at_s: int) -> str:
    return write_rfc2822(utc(at_s))
