from datetime import timedelta

import pytest

from dialboard.deliver.pace import Pace
from dialboard.deliver.to.google_analytics import GoogleAnalytics
from dialboard.deliver.verdict import Outcome, Terms, Verdict, of_age, of_answer, of_problem, result
from dialboard.errors import AddressRefused, NoAnswer
from dialboard.outbound.http import Answer
from dialboard.shapes.delivery import Delivery, Reason, State
from tests.deliver.cast import ALICE, NOON

KIND = GoogleAnalytics()
TERMS = Terms(Pace(), at_most_once=False, deadline=timedelta(hours=71))
AGAIN = Verdict(Outcome.AGAIN, Reason.SERVER_ERROR, "It answered 500.")
MAYBE = Verdict(Outcome.MAYBE, Reason.NO_ANSWER, "It did not answer.")


def a_delivery(state: State = State.WAITING, attempts: int = 0, detail: str = "") -> Delivery:
    return Delivery(
        account=ALICE,
        destination="dst_a",
        sequence=1,
        event="evt_1",
        state=state,
        attempts=attempts,
        updated_at=NOON,
        next_try_at=NOON,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (200, Outcome.DELIVERED, None),
        (204, Outcome.DELIVERED, None),
        (302, Outcome.DEAD, Reason.REFUSED),
        (400, Outcome.DEAD, Reason.REFUSED),
        (401, Outcome.DEAD, Reason.REFUSED),
        (404, Outcome.DEAD, Reason.REFUSED),
        (408, Outcome.AGAIN, Reason.SERVER_ERROR),
        (413, Outcome.DEAD, Reason.REFUSED),
        (429, Outcome.AGAIN, Reason.SERVER_ERROR),
        (500, Outcome.AGAIN, Reason.SERVER_ERROR),
        (503, Outcome.AGAIN, Reason.SERVER_ERROR),
        (599, Outcome.AGAIN, Reason.SERVER_ERROR),
    ],
)
def test_an_answer_says_whether_to_try_again(status, outcome, reason):
    verdict = of_answer(KIND, Answer(status, {}, b""))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert bool(verdict.detail) == (outcome is not Outcome.DELIVERED)


def test_a_destination_may_ask_for_time():
    assert of_answer(KIND, Answer(429, {"retry-after": "90"}, b"")).wait_s == 90.0


@pytest.mark.parametrize(
    ("problem", "outcome", "reason"),
    [
        (NoAnswer("a", sent=False), Outcome.AGAIN, Reason.UNREACHABLE),
        (NoAnswer("a", sent=True), Outcome.MAYBE, Reason.NO_ANSWER),
        (AddressRefused("a"), Outcome.AGAIN, Reason.UNREACHABLE),
    ],
)
def test_only_what_was_sent_may_have_arrived(problem, outcome, reason):
    verdict = of_problem(problem)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("verdict", "before", "at_most_once", "state", "again"),
    [
        (Verdict(Outcome.DELIVERED), State.WAITING, False, State.DELIVERED, False),
        (Verdict(Outcome.DELIVERED), State.UNCERTAIN, False, State.DELIVERED, False),
        (Verdict(Outcome.DEAD, Reason.REFUSED), State.WAITING, False, State.DEAD, False),
        (AGAIN, State.WAITING, False, State.WAITING, True),
        (AGAIN, State.WAITING, True, State.WAITING, True),
        (AGAIN, State.UNCERTAIN, False, State.UNCERTAIN, True),
        (MAYBE, State.WAITING, False, State.UNCERTAIN, True),
        (MAYBE, State.WAITING, True, State.UNCERTAIN, False),
    ],
)
def test_what_is_recorded(verdict, before, at_most_once, state, again):
    terms = Terms(Pace(), at_most_once, timedelta(hours=71))
    got = result(verdict, a_delivery(before), NOON, terms, NOON)
    assert (got.state, got.next_try_at is not None, got.reason) == (state, again, verdict.reason)


def test_it_waits_longer_after_each_failure_and_as_long_as_asked():
    def wait_s(verdict: Verdict, attempts: int) -> float:
        at = result(verdict, a_delivery(attempts=attempts), NOON, TERMS, NOON).next_try_at
        assert at is not None
        return (at - NOON).total_seconds()

    assert 0.5 <= wait_s(AGAIN, 0) <= 1.0
    assert 4.0 <= wait_s(AGAIN, 3) <= 8.0
    assert wait_s(Verdict(Outcome.AGAIN, Reason.SERVER_ERROR, "", 3000.0), 0) == 3000.0


@pytest.mark.parametrize(("before", "state"), [(State.WAITING, State.DEAD), (State.UNCERTAIN, State.UNCERTAIN)])
def test_it_gives_up_when_the_next_try_would_be_too_late(before, state):
    late = NOON + timedelta(hours=71, seconds=-1)
    got = result(AGAIN, a_delivery(before, attempts=20), NOON, TERMS, late)
    assert (got.state, got.next_try_at, got.reason) == (state, None, Reason.GAVE_UP)
    assert "71 hours" in got.detail and "It answered 500." in got.detail


def test_an_event_that_was_never_tried_is_too_old_and_one_that_was_is_given_up():
    assert of_age(a_delivery(), KIND.deadline).reason is Reason.TOO_OLD
    tried = of_age(a_delivery(attempts=3, detail="It answered 500."), KIND.deadline)
    assert (tried.reason, tried.outcome) == (Reason.GAVE_UP, Outcome.DEAD)
    assert "It answered 500." in tried.detail
