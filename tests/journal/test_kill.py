"""kill -9 of the writing process in mid-ingest: nothing acknowledged is lost, nothing is debited twice."""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dialboard.journal import open_journal, open_reader
from tests.journal.conftest import ALICE, grant
from tests.journal.sender import SENDERS

GRANTED = 10_000_000
ENOUGH = 500  # acknowledged events before a kill


def run_and_kill(where: str, after_s: float) -> tuple[set[str], set[str]]:
    """The ids that were sent and those that were acknowledged before the kill."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journal.sender", where], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.decode())
        if len(lines) == 2 * ENOUGH:
            threading.Timer(after_s, process.kill).start()
    process.wait(20)
    process.stdout.close()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {name for sign, name in whole if sign == ">"}, {name for sign, name in whole if sign == "="}


def prepare(where: str) -> None:
    async def story() -> None:
        journal = await open_journal(where)
        await journal.grant(grant(GRANTED))
        await journal.close()

    asyncio.run(story())


def check(where: str, acknowledged: set[str], sent: set[str]) -> None:
    async def reopen() -> None:
        await (await open_journal(where)).close()

    asyncio.run(reopen())
    reader = open_reader(where)
    there = [entry.event.id for entry in reader.read(0, GRANTED)]
    balance = reader.balance(ALICE)
    reader.close()
    assert len(there) == len(set(there))
    assert acknowledged <= set(there) <= sent
    assert (balance.granted, balance.debited, balance.tokens) == (GRANTED, len(there), GRANTED - len(there))


def kill_rounds(where: str, rounds: int) -> None:
    dice = random.Random(os.getpid())
    prepare(where)
    sent, acknowledged, inside = set[str](), set[str](), 0
    for _ in range(rounds):
        new_sent, new_acknowledged = run_and_kill(where, dice.random() * 0.3)
        inside += 0 < len(new_sent - new_acknowledged) <= SENDERS
        sent |= new_sent
        acknowledged |= new_acknowledged
        settle(where)
        check(where, acknowledged, sent)
    assert inside, "no kill fell inside a batch: nothing was proved"


def settle(where: str) -> None:
    """PostgreSQL may still be busy with the last call of the killed process."""
    reader = open_reader(where)
    before, now = -1, reader.count(ALICE)
    while now != before:
        time.sleep(0.05)
        before, now = now, reader.count(ALICE)
    reader.close()


def test_a_killed_writer_loses_nothing_that_was_acknowledged(where: str) -> None:
    kill_rounds(where, 3)


@pytest.mark.soak
def test_twenty_kills_lose_nothing_that_was_acknowledged(where: str) -> None:
    kill_rounds(where, 20)
