import asyncio

from dialboard.sync.pace import Pace, Paces


def test_no_more_than_the_cap_run_at_once() -> None:
    async def run() -> int:
        pace, running, most = Pace(3), 0, 0

        async def one() -> None:
            nonlocal running, most
            async with pace.turn():
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(one() for _ in range(20)))
        return most

    assert asyncio.run(run()) == 3


def test_after_a_429_nobody_begins_until_it_is_over_and_fewer_run() -> None:
    async def run() -> tuple[float, int, int]:
        pace, loop = Pace(4), asyncio.get_running_loop()
        begin = loop.time()
        async with pace.turn():
            pace.wait(0.2)
        async with pace.turn():
            return loop.time() - begin, pace.at_once, pace.waits

    waited_s, at_once, waits = asyncio.run(run())
    assert waited_s >= 0.2
    assert (at_once, waits) == (3, 1)


def test_a_long_good_while_gives_one_back() -> None:
    async def run() -> int:
        pace = Pace(2)
        pace.wait(0)
        for _ in range(60):
            async with pace.turn():
                pass
        return pace.at_once

    assert asyncio.run(run()) == 2


def test_a_twilio_account_has_one_pace() -> None:
    paces = Paces()
    assert paces.of("AC1") is paces.of("AC1")
    assert paces.of("AC1") is not paces.of("AC2")
