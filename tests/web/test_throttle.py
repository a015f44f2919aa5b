from dialboard.web.throttle import Throttle


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_tries_come_back_one_by_one_as_time_passes() -> None:
    clock = Clock()
    throttle = Throttle(tries=2, seconds=60, clock=clock)
    throttle.note("alice")
    clock.now += 20
    throttle.note("alice")
    assert throttle.wait_s("alice") == 40
    clock.now += 40
    assert throttle.wait_s("alice") == 0
    throttle.note("alice")
    assert throttle.wait_s("alice") == 20


def test_one_does_not_wait_for_another() -> None:
    throttle = Throttle(tries=1, seconds=60, clock=Clock())
    throttle.note("alice")
    assert throttle.wait_s("bob") == 0


def test_a_success_forgives() -> None:
    throttle = Throttle(tries=1, seconds=60, clock=Clock())
    throttle.note("alice")
    throttle.forget("alice")
    assert throttle.wait_s("alice") == 0


def test_invented_names_do_not_fill_the_memory() -> None:
    clock = Clock()
    throttle = Throttle(tries=1, seconds=60, clock=clock)
    for number in range(10_001):
        throttle.note(f"name {number}")
    clock.now += 61
    throttle.note("one more")
    assert len(throttle.seen) == 1
