"""Deliveries as people read them: a word, a colour, a sentence."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from dialboard.control import active_config
from dialboard.shapes.delivery import Delivery, Reason, State
from dialboard.web.templatetags.words import since

WORDS = {
    State.DELIVERED: ("Delivered", "good", "check"),
    State.WAITING: ("Waiting", "accent", "clock"),
    State.UNCERTAIN: ("Uncertain", "warn", "info"),
    State.DEAD: ("Dead", "bad", "cross"),
}
MEANINGS = {
    State.DELIVERED: "the destination took it",
    State.WAITING: "is sent as soon as the destination takes it",
    State.UNCERTAIN: "it was sent and no answer came: it may have arrived",
    State.DEAD: "will not be tried again by itself",
}
REASONS = {
    Reason.REFUSED: "The destination refused it.",
    Reason.TOO_OLD: "It is older than the destination takes.",
    Reason.GAVE_UP: "It could not be delivered while the destination still took it.",
    Reason.INVALID: "It cannot be said in the destination's terms.",
    Reason.UNREACHABLE: "The destination could not be reached.",
    Reason.SERVER_ERROR: "The destination could not take it just then.",
    Reason.NO_ANSWER: "It was sent and no answer came.",
}


class Count(Struct, frozen=True):
    word: str
    tone: str
    icon: str
    meaning: str
    count: int


class Shown(Struct, frozen=True):
    delivery: Delivery
    word: str
    tone: str
    icon: str
    why: str  # a sentence; "" when there is nothing to explain
    next_try: str  # a sentence; "" when it is not tried again


def states(counts: Mapping[State, int]) -> list[Count]:
    """All four, also those that are 0."""
    return [Count(*WORDS[state], MEANINGS[state], counts.get(state, 0)) for state in WORDS]


def shown(delivery: Delivery) -> Shown:
    word, tone, icon = WORDS[delivery.state]
    why = REASONS[delivery.reason] if delivery.reason else ""
    # The lane's own sentence knows more than the reason does.
    return Shown(delivery, word, tone, icon, delivery.detail or why, _next_try(delivery.next_try_at))


def may_be_forgotten(received_at: datetime) -> bool:
    """Whether an event is so old that the record of its deliveries may have been removed."""
    days = active_config().deliveries_days
    return bool(days) and datetime.now(UTC) - received_at > timedelta(days=days)


def _next_try(at: datetime | None) -> str:
    if at is None:
        return ""
    return f"Next try {since(at)}." if at > datetime.now(UTC) else "The next try is due now."
