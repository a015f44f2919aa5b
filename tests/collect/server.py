"""Run as a process of its own: the collector on granian, as it is served.

python -m tests.collect.server JOURNAL PORT
"""

import asyncio
import signal
import sys

import uvloop
from granian.server.embed import Server

from dialboard.collect.app import Collector
from dialboard.journal import open_journal
from dialboard.shapes.event import Grant
from tests.collect.conftest import ALICE, snapshot


async def main(where: str, port: int) -> None:
    journal = await open_journal(where)
    await journal.grant(Grant("grt_first", ALICE, 1_000))
    app = Collector(journal, snapshot)
    server = Server(app, address="127.0.0.1", port=port, interface="asgi", log_enabled=False, websockets=False)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()
    await journal.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
