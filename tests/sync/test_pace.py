import asyncio
import os
import time
from pathlib import Path

from dialboard.sync.pace import Pace, Paces, Pause


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


def test_a_pause_holds_for_every_process_and_for_the_one_that_follows_a_killed_one(tmp_path) -> None:
    async def killed() -> None:
        Paces(tmp_path).of("AC1").wait(0.3)

    async def successor(twilio_account: str) -> float:
        begin = time.monotonic()
        async with Paces(tmp_path).of(twilio_account).turn():
            return time.monotonic() - begin

    asyncio.run(killed())
    assert asyncio.run(successor("AC2")) < 0.1
    assert asyncio.run(successor("AC1")) >= 0.2
    assert asyncio.run(successor("AC1")) < 0.1


def test_a_shorter_pause_does_not_end_a_longer_one(tmp_path) -> None:
    Pause(tmp_path, "AC1").note(60)
    Pause(tmp_path, "AC1").note(1)
    assert Pause(tmp_path, "AC1").left_s() > 50


def test_a_pause_of_years_is_none(tmp_path) -> None:
    """The clock went back since it was noted; a sync would never begin again."""
    (tmp_path / "AC1.pause").touch()
    os.utime(tmp_path / "AC1.pause", (time.time() + 10**8,) * 2)
    assert Pause(tmp_path, "AC1").left_s() == 0


def test_a_pause_that_cannot_be_noted_holds_here_all_the_same() -> None:
    async def run() -> float:
        pace = Pace(pause=Pause(Path("/proc"), "AC1"))
        pace.wait(5)
        return pace.left_s()

    assert asyncio.run(run()) > 4


def test_a_twilio_account_has_one_pace(tmp_path) -> None:
    paces = Paces(tmp_path)
    assert paces.of("AC1") is paces.of("AC1")
    assert paces.of("AC1") is not paces.of("AC2")
