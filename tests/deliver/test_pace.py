import pytest

from dialboard.deliver.pace import Breaker, Pace

PACE = Pace(breaker_failures=3, first_pause_s=2.0, longest_pause_s=10.0)


@pytest.mark.parametrize(
    ("attempts", "most"), [(1, 1.0), (2, 2.0), (3, 4.0), (10, 512.0), (11, 900.0), (10_000, 900.0)]
)
def test_waiting_doubles_to_a_limit_with_jitter(attempts, most):
    waits = [Pace().wait_s(attempts) for _ in range(200)]
    assert most / 2 <= min(waits) < max(waits) <= most


def fail(breaker: Breaker, times: int, now: float = 0.0) -> list[bool]:
    return [breaker.failed(now) for _ in range(times)]


def test_it_opens_after_so_many_failures_in_a_row():
    assert fail(Breaker(PACE), 3) == [False, False, True]


def test_any_success_in_between_starts_the_count_again():
    breaker = Breaker(PACE)
    fail(breaker, 2)
    breaker.succeeded()
    assert fail(breaker, 2) == [False, False]
    assert not breaker.is_open


def test_nothing_is_tried_before_the_pause_is_over_and_then_a_probe_is():
    breaker = Breaker(PACE)
    fail(breaker, 3)
    assert breaker.is_open and not breaker.may_probe(0.9) and breaker.may_probe(2.0)


def test_failures_of_what_was_under_way_do_not_lengthen_the_pause():
    breaker = Breaker(PACE)
    fail(breaker, 20)
    assert breaker.may_probe(2.0)


def test_each_probe_that_fails_doubles_the_pause_to_a_limit():
    breaker, now, pauses = Breaker(PACE), 0.0, []
    fail(breaker, 3)
    for _ in range(6):
        now += 10.0
        breaker.failed(now)
        pauses.append(next(second / 10 for second in range(200) if breaker.may_probe(now + second / 10)))
    assert 1.0 <= pauses[0] <= 2.1
    assert 2.0 <= pauses[1] <= 4.1
    assert 5.0 <= pauses[-1] <= 10.1


def test_a_probe_that_succeeds_closes_it():
    breaker = Breaker(PACE)
    fail(breaker, 3)
    breaker.succeeded()
    assert not breaker.is_open


def test_a_destination_that_asks_to_be_left_alone_is_at_once():
    breaker = Breaker(PACE)
    assert breaker.failed(0.0, wait_s=120.0)
    assert not breaker.may_probe(119.0) and breaker.may_probe(121.0)


def test_nobody_may_ask_to_be_left_alone_for_more_than_an_hour():
    breaker = Breaker(PACE)
    breaker.failed(0.0, wait_s=1e9)
    assert breaker.may_probe(3601.0)
