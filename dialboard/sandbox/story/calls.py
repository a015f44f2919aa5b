"""The calls of the story: what happens in each, and its record as Twilio would give it at an instant."""

from typing import Any

from msgspec import Struct

from dialboard.sandbox.story.dice import Dice, Throw, log_normal, pick
from dialboard.sandbox.story.rhythm import DAY_S, Rhythm, utc
from dialboard.sandbox.story.world import (
    AGENTS,
    DOMESTIC_MINUTE,
    NUMBERS,
    OUTGOING_MINUTE,
    abroad_of,
    customer,
    incoming_number,
)
from dialboard.shapes.times import write_rfc2822

_INCOMING = 0.66  # of calls that are not legs
_TRANSFERRED = 0.62  # of answered incoming calls that could be
_PICKED_UP = {"human": 0.62, "machine_start": 0.86}  # of outgoing calls, up to this fraction
_ENDINGS = (("no-answer", 0.55), ("busy", 0.80), ("canceled", 0.93), ("failed", 1.0))
# Round about the story's `now` no call is put through, so that as many calls exist then as were asked for.
_QUIET = 64


class Call(Struct, frozen=True, gc=False, kw_only=True):
    """What happens, all of it; times in Unix seconds."""

    number: int
    sid: str
    parent: str | None
    direction: str
    from_: str
    to: str
    ours: int | None  # which of the account's numbers
    created_s: int
    answered_s: int  # when it is answered or given up
    ended_s: int
    outcome: str  # the final status
    answered_by: str | None
    queue_ms: int
    cost: float  # dollars
    priced_s: int

    @property
    def seconds(self) -> int:
        return self.ended_s - self.answered_s if self.outcome == "completed" else 0


def calls_of_day(dice: Dice, rhythm: Rhythm, day: int) -> list[Call]:
    """The day's calls and their legs, oldest first; a leg belongs to the day of its call."""
    begin, end = day * DAY_S, (day + 1) * DAY_S
    number = rhythm.first_from(begin)
    calls: list[Call] = []
    while rhythm.count:
        throw = dice.throw(number)
        at_s = rhythm.at_s(number, throw.fractions[0])
        if at_s >= end:
            break
        calls.extend(_with_leg(dice, rhythm, number, throw, at_s) if at_s >= begin else ())
        number += 1
    return sorted(calls, key=lambda call: (call.created_s, call.number))


def _with_leg(dice: Dice, rhythm: Rhythm, number: int, throw: Throw, at_s: int) -> list[Call]:
    """The call, with the leg that takes the next number; nothing when this number is itself a leg's."""
    if _has_leg(dice, rhythm, number - 1, None):
        return []
    call = _call(dice, number, throw, at_s)
    if not _has_leg(dice, rhythm, number, throw):
        return [call]
    return [call, _leg(dice, call, dice.throw(number + 1))]


def _has_leg(dice: Dice, rhythm: Rhythm, number: int, throw: Throw | None) -> bool:
    """Whether the call of that number is put through to a colleague. Only even numbers can be."""
    if number < 0 or number % 2 or abs(number - rhythm.count) < _QUIET or number + 1 >= 2**32:
        return False
    fractions = (throw or dice.throw(number)).fractions
    return fractions[1] < _INCOMING and fractions[3] < incoming_number(fractions[2]).answered * _TRANSFERRED


def _call(dice: Dice, number: int, throw: Throw, at_s: int) -> Call:
    incoming = throw.fractions[1] < _INCOMING
    return (_incoming if incoming else _outgoing)(dice.sid("CA", throw, number), number, throw.fractions, at_s)


def _incoming(sid: str, number: int, chances: list[float], at_s: int) -> Call:
    ours = incoming_number(chances[2])
    answered = chances[3] < ours.answered
    ring_s = 2 + int(chances[6] * (8 if answered else 28))
    talk_s = int(log_normal(chances[7], 148, 0.95)) + 1 if answered else 0
    minutes = -(-talk_s // 60)
    return _ended(
        number=number, sid=sid, parent=None, direction="inbound",
        from_=customer(chances[4], chances[5]), to=ours.number, ours=NUMBERS.index(ours),
        created_s=at_s, ring_s=ring_s, talk_s=talk_s,
        outcome="completed" if answered else _missed(chances[8]),
        answered_by=None, queue_ms=0, cost=minutes * DOMESTIC_MINUTE[ours.toll_free], late=chances[9],
    )  # fmt: skip


def _missed(fraction: float) -> str:
    return "no-answer" if fraction < 0.78 else "busy" if fraction < 0.9 else "canceled"


def _outgoing(sid: str, number: int, chances: list[float], at_s: int) -> Call:
    answered_by = next((who for who, until in _PICKED_UP.items() if chances[3] < until), None)
    to = customer(chances[4], chances[5])
    ours = pick(range(len(NUMBERS)), chances[2])
    talk_s = int(log_normal(chances[7], 46 if answered_by == "human" else 24, 0.6)) + 1 if answered_by else 0
    abroad = abroad_of(to)
    return _ended(
        number=number, sid=sid, parent=None, direction="outbound-api",
        from_=NUMBERS[ours].number, to=to, ours=ours,
        created_s=at_s, ring_s=3 + int(chances[6] * 24), talk_s=talk_s,
        outcome="completed" if answered_by else next(end for end, until in _ENDINGS if chances[8] < until),
        answered_by=answered_by, queue_ms=int(chances[10] * 900),
        cost=-(-talk_s // 60) * (abroad.minute if abroad else OUTGOING_MINUTE), late=chances[9],
    )  # fmt: skip


def _leg(dice: Dice, call: Call, throw: Throw) -> Call:
    """The leg that <Dial> makes: rings a colleague a moment after the call came in, and ends with it."""
    chances = throw.fractions
    at_s = min(call.created_s + 1 + int(chances[0] * 4), call.created_s // DAY_S * DAY_S + DAY_S - 1)
    reached = chances[3] < 0.9
    ring_s = 3 + int(chances[6] * 14)
    talk_s = max(call.ended_s - at_s - ring_s, 1) if reached else 0
    return _ended(
        number=call.number + 1, sid=dice.sid("CA", throw, call.number + 1), parent=call.sid, direction="outbound-dial",
        from_=call.from_, to=pick(AGENTS, chances[2]), ours=None,
        created_s=at_s, ring_s=ring_s, talk_s=talk_s, outcome="completed" if reached else "no-answer",
        answered_by=None, queue_ms=0, cost=-(-talk_s // 60) * OUTGOING_MINUTE, late=chances[9],
    )  # fmt: skip


def _ended(*, created_s: int, ring_s: int, talk_s: int, cost: float, late: float, **facts: Any) -> Call:
    answered_s = created_s + ring_s
    ended_s = answered_s + talk_s
    # Most prices come within minutes, one in fifty takes up to two days.
    priced_s = ended_s + (20 + int(late * 900) if late < 0.98 else int((late - 0.98) / 0.02 * 2 * DAY_S))
    return Call(
        created_s=created_s, answered_s=answered_s, ended_s=ended_s, cost=round(cost, 5), priced_s=priced_s, **facts
    )


def call_record(call: Call, account_sid: str, number_sids: list[str], now_s: int) -> dict[str, Any]:
    """The full record of 27 fields as Twilio gives it at `now_s`, which is not before the call."""
    ended, answered = now_s >= call.ended_s, now_s >= call.answered_s
    priced = now_s >= call.priced_s and call.outcome == "completed"
    uri = f"/2010-04-01/Accounts/{account_sid}/Calls/{call.sid}"
    begin = write_rfc2822(utc(call.created_s))
    return {
        "sid": call.sid,
        "date_created": begin,
        "date_updated": _at(call.priced_s if priced else call.ended_s if ended else call.created_s),
        "parent_call_sid": call.parent,
        "account_sid": account_sid,
        "to": call.to,
        "to_formatted": _formatted(call.to),
        "from": call.from_,
        "from_formatted": _formatted(call.from_),
        "phone_number_sid": None if call.ours is None else number_sids[call.ours],
        "status": call.outcome if ended else "in-progress" if answered else "ringing",
        "start_time": begin,
        "end_time": _at(call.ended_s) if ended else None,
        "duration": str(call.seconds) if ended and call.outcome == "completed" else None,
        "price": f"{-call.cost:.5f}" if priced else None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by if answered else None,
        "annotation": None,
        "api_version": "2010-04-01",
        "forwarded_from": call.to if call.direction == "inbound" and call.number % 9 == 0 else None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(call.queue_ms),
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "notifications": f"{uri}/Notifications.json",
            "recordings": f"{uri}/Recordings.json",
            "streams": f"{uri}/Streams.json",
            "payments": f"{uri}/Payments.json",
            "siprec": f"{uri}/Siprec.json",
            "transcriptions": f"{uri}/Transcriptions.json",
            "events": f"{uri}/Events.json",
            "user_defined_messages": f"{uri}/UserDefinedMessages.json",
            "user_defined_message_subscriptions": f"{uri}/UserDefinedMessageSubscriptions.json",
        },
    }


def _at(at_s: int) -> str:
    return write_rfc2822(utc(at_s))


def _formatted(number: str) -> str:
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}" if number.startswith("+1") else number
