"""What an answer, or the want of one, means for a delivery."""

from datetime import datetime, timedelta
from enum import Enum, auto

from msgspec import Struct

from dialboard.deliver.kind import DestinationKind, Undeliverable
from dialboard.deliver.pace import Pace
from dialboard.deliver.statements import Result
from dialboard.errors import DialboardError, NoAnswer
from dialboard.outbound.http import Answer
from dialboard.shapes.delivery import Delivery, Reason, State

_TRANSIENT = {408, 425, 429}  # and every 5xx


class Outcome(Enum):
    DELIVERED = auto()
    DEAD = auto()  # trying again is useless
    AGAIN = auto()  # it did not arrive
    MAYBE = auto()  # it may have arrived


class Verdict(Struct, frozen=True):
    """`wait_s` is how long the other side asks to be left alone."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    wait_s: float | None = None

    @property
    def is_failure(self) -> bool:
        return self.outcome in {Outcome.AGAIN, Outcome.MAYBE}


def of_answer(kind: DestinationKind, answer: Answer) -> Verdict:
    if answer.ok:
        return Verdict(Outcome.DELIVERED)
    if answer.status >= 500 or answer.status in _TRANSIENT:
        sentence = f"The destination answered {answer.status}: it could not take the event now."
        return Verdict(Outcome.AGAIN, Reason.SERVER_ERROR, sentence, answer.retry_after_s())
    return Verdict(Outcome.DEAD, Reason.REFUSED, kind.explain(answer.status, answer.body))


def of_problem(error: DialboardError) -> Verdict:
    """An address that is refused is tried again as well: the owner can correct it before the event is too old."""
    if isinstance(error, NoAnswer) and error.sent:
        return Verdict(Outcome.MAYBE, Reason.NO_ANSWER, f"{error.sentence} The event may have arrived.")
    return Verdict(Outcome.AGAIN, Reason.UNREACHABLE, error.sentence)


def of_event(reason: Undeliverable) -> Verdict:
    return Verdict(Outcome.DEAD, reason.reason, reason.detail)


def of_age(delivery: Delivery, deadline: timedelta) -> Verdict:
    """The destination no longer takes an event of that age."""
    hours = deadline // timedelta(hours=1)
    if delivery.attempts:
        return Verdict(
            Outcome.DEAD, Reason.GAVE_UP, f"It could not be delivered within {hours} hours. {delivery.detail}"
        )
    return Verdict(Outcome.DEAD, Reason.TOO_OLD, f"The event is older than the {hours} hours this destination takes.")


class Terms(Struct, frozen=True):
    """Under which a lane tries again."""

    pace: Pace
    at_most_once: bool
    deadline: timedelta


def result(
    verdict: Verdict, delivery: Delivery, received_at: datetime, terms: Terms, now: datetime, *, tried: bool = True
) -> Result:
    """What is recorded. A delivery that may have arrived once stays uncertain until it is delivered or refused."""
    maybe = verdict.outcome is Outcome.MAYBE or (verdict.is_failure and delivery.state is State.UNCERTAIN)
    state, next_try_at, reason, detail = _ended(verdict), None, verdict.reason, verdict.detail
    if verdict.outcome is Outcome.MAYBE and terms.at_most_once:
        state = State.UNCERTAIN
    elif verdict.is_failure:
        state = State.UNCERTAIN if maybe else State.WAITING
        wait_s = max(terms.pace.wait_s(delivery.attempts + 1), verdict.wait_s or 0.0)
        next_try_at = now + timedelta(seconds=wait_s)
        if next_try_at >= received_at + terms.deadline:
            over = of_age(delivery, terms.deadline)
            next_try_at, reason = None, Reason.GAVE_UP
            state = State.UNCERTAIN if maybe else State.DEAD
            detail = f"{over.detail if delivery.attempts else ''} {verdict.detail}".strip()
    return Result(
        destination=delivery.destination,
        sequence=delivery.sequence,
        state=state,
        tried=tried,
        next_try_at=next_try_at,
        reason=reason,
        detail=detail,
    )


def _ended(verdict: Verdict) -> State:
    return State.DELIVERED if verdict.outcome is Outcome.DELIVERED else State.DEAD
