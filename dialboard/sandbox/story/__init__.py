"""A made-up Twilio account with all that happens in it: the same for the same seed, and it goes on while time goes on.

Each record depends on the seed, the counts, `now` and its own number only, so any day can be told without the others
and nothing is kept but the days that were asked for last.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from dialboard.sandbox.story.calls import Call, call_record, calls_of_day
from dialboard.sandbox.story.dice import Dice
from dialboard.sandbox.story.messages import Message, message_record, messages_of_day
from dialboard.sandbox.story.rhythm import DAY_S, Rhythm, day_of
from dialboard.sandbox.story.tracker import requests_of
from dialboard.sandbox.story.usage import usage_of_day
from dialboard.sandbox.story.world import NUMBERS

__all__ = ["Call", "Message", "Story"]

# A day of a busy account is some megabytes.
_DAYS_KEPT = 16


class Story:
    """`calls` and `messages` exist at `now`, over the `days` before it; more come afterwards at the same pace."""

    def __init__(
        self, seed: int, now: datetime, *, calls: int = 12_000, messages: int = 20_000, days: int = 90,
        account_sid: str | None = None,
    ) -> None:  # fmt: skip
        self.seed = seed
        self.now = now.replace(microsecond=0)
        self.days = days
        self.account_sid = account_sid or "AC" + _hex(seed, "account")
        self.service_sid = "MG" + _hex(seed, "service")
        self.number_sids = ["PN" + _hex(seed, number.number) for number in NUMBERS]
        self._call_dice, self._message_dice = Dice(seed, "calls"), Dice(seed, "messages")
        self._call_rhythm = Rhythm(self.now, days, calls, Dice(seed, "call rhythm").chance)
        self._message_rhythm = Rhythm(self.now, days, messages, Dice(seed, "message rhythm").chance)
        # A carrier filtered most messages that day: something to find on the boards.
        self.incident = self.first_day + days - max(days // 4, 1)
        self.calls_of = lru_cache(_DAYS_KEPT)(self._calls_of)
        self.messages_of = lru_cache(_DAYS_KEPT)(self._messages_of)
        self._past_usage = lru_cache(1000)(self._usage_of)

    @property
    def first_day(self) -> int:
        """Days since 1970-01-01, as everywhere in the story."""
        return self._call_rhythm.first_day

    def _calls_of(self, day: int) -> list[Call]:
        return calls_of_day(self._call_dice, self._call_rhythm, day) if day >= self.first_day else []

    def _messages_of(self, day: int) -> list[Message]:
        if day < self.first_day:
            return []
        return messages_of_day(self._message_dice, self._message_rhythm, day, self.incident)

    def call_record(self, call: Call, now: datetime) -> dict[str, Any]:
        """All 27 fields, as they stand at `now`."""
        return call_record(call, self.account_sid, self.number_sids, _seconds(now))

    def message_record(self, message: Message, now: datetime) -> dict[str, Any]:
        """All 20 fields, as they stand at `now`."""
        return message_record(message, self.account_sid, self.service_sid, _seconds(now))

    def usage_records(self, day: int, now: datetime) -> list[dict[str, Any]]:
        """The records of all categories of a day; none before the first day and after `now`."""
        if not self.first_day <= day <= day_of(_seconds(now)):
            return []
        settled = _seconds(now) >= (day + 4) * DAY_S
        return self._past_usage(day, 0) if settled else self._usage_of(day, _seconds(now))

    def _usage_of(self, day: int, now_s: int) -> list[dict[str, Any]]:
        at_s = now_s or (day + 4) * DAY_S
        calls, messages = self.calls_of(day), self.messages_of(day)
        return usage_of_day(calls, messages, day, self.account_sid, at_s)

    def call_at(self, sid: str) -> Call | None:
        """None when there is no such call."""
        number = self._call_dice.number(sid)
        if number is None:
            return None
        at_s = self._call_rhythm.at_s(number, self._call_dice.chance(number))
        # A leg goes by the day of its call, which may be the day before.
        days = (day_of(at_s), day_of(at_s) - 1)
        return next((call for day in days for call in self.calls_of(day) if call.sid == sid), None)

    def message_at(self, sid: str) -> Message | None:
        """None when there is no such message."""
        number = self._message_dice.number(sid)
        if number is None:
            return None
        day = day_of(self._message_rhythm.at_s(number, self._message_dice.chance(number)))
        return next((message for message in self.messages_of(day) if message.sid == sid), None)

    def all_calls(self, now: datetime) -> Iterator[Call]:
        """Every call that exists at `now`, oldest first."""
        for day in range(self.first_day, day_of(_seconds(now)) + 1):
            yield from (call for call in self.calls_of(day) if call.created_s <= _seconds(now))

    def all_messages(self, now: datetime) -> Iterator[Message]:
        """Every message that exists at `now`, oldest first."""
        for day in range(self.first_day, day_of(_seconds(now)) + 1):
            yield from (message for message in self.messages_of(day) if message.created_s <= _seconds(now))

    def tracker_requests(self, from_: datetime, until: datetime, gaid: str = "UA-12345-1") -> list[dict[str, str]]:
        """What the account's handler tells the tracker about what came in from `from_` until before `until`, in order
        of time: the parameters of the 2011 API less authId and authToken."""
        happened: list[Call | Message] = []
        for day in range(day_of(_seconds(from_)), day_of(_seconds(until)) + 1):
            happened += [*self.calls_of(day), *self.messages_of(day)]
        within = [each for each in happened if _seconds(from_) <= each.created_s < _seconds(until)]
        within.sort(key=lambda each: (each.created_s, each.sid))
        return [request for each in within for request in requests_of(each, gaid)]


def _hex(seed: int, what: str) -> str:
    return hashlib.blake2b(f"{seed}/{what}".encode(), digest_size=16).hexdigest()


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
