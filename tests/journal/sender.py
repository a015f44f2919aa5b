"""Run as a process of its own, to be killed: appends without end, and says what it sends and what was acknowledged.

    python -m tests.journal.sender WHERE

One line an event: "> id" before it is appended, "= id" once it is kept.
"""

import asyncio
import os
import sys

from dialboard.journal import Journal, open_journal
from dialboard.shapes.event import Kept
from tests.journal.conftest import event

SENDERS = 64


async def send_without_end(journal: Journal) -> None:
    while True:
        told = event()
        os.write(1, f"> {told.id}\n".encode())
        if isinstance(await journal.append(told), Kept):
            os.write(1, f"= {told.id}\n".encode())


async def main(where: str) -> None:
    journal = await open_journal(where)
    await asyncio.gather(*(send_without_end(journal) for _ in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
