"""How fast a sync reads: our client with four slices at once against Twilio's official package, same sandbox, same run.

    python -m benchmarks.sync [--calls 20000] [--latency-ms 50]

The sandbox runs as a process of its own. Both read the same calls at 1,000 a page; ours also types every record.
"""

import argparse
import asyncio
import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as OfficialClient

from dialboard.extract.typed import rows
from dialboard.sandbox.serve import free_port, serve
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import Behaviour, TwilioSandbox
from dialboard.shapes.row import Span
from dialboard.sync import plan
from dialboard.sync.pace import Pace
from dialboard.sync.pull import pull
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.client import Client
from dialboard.twilio.page import Page
from dialboard.twilio.resources import RESOURCES

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
CALLS = RESOURCES["calls"]


def _sandbox(calls: int, latency_ms: float) -> TwilioSandbox:
    story = Story(7, NOW, calls=calls, messages=0)
    return TwilioSandbox(story, clock=lambda: NOW, behaviour=Behaviour(latency_ms=latency_ms))


def _serve(calls: int, latency_ms: float, port: int, ready: Connection) -> None:
    asyncio.run(serve(_sandbox(calls, latency_ms), "127.0.0.1", port, ready.send))


class _ToTheSandbox(TwilioHttpClient):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.base), *rest, **options)


def _official(account: TwilioAccount, base: str) -> int:
    client = OfficialClient(account.key_sid, account.key_secret, account.account_sid, http_client=_ToTheSandbox(base))
    return sum(1 for _ in client.calls.stream(start_time_after=NOW - timedelta(days=91), page_size=1000))


async def _ours(account: TwilioAccount) -> int:
    count = 0

    async def put(page: Page, held: Span | None) -> None:
        nonlocal count
        count += len(rows(CALLS, page.records))

    span = plan.asked(CALLS, NOW, since=NOW - timedelta(days=91))
    async with Client(account, gate=Pace()) as client:
        await pull(client, CALLS, plan.slices(CALLS, span, [], []), put)
    return count


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--calls", type=int, default=20_000)
    words.add_argument("--latency-ms", type=float, default=50.0)
    asked = words.parse_args()
    ready, told = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(asked.calls, asked.latency_ms, free_port(), told))
    process.start()
    try:
        base = ready.recv()
        known = _sandbox(0, 0)
        account = TwilioAccount(known.account_sid, known.key_sid, known.key_secret, base)
        begin = time.perf_counter()
        theirs = _official(account, base)
        middle = time.perf_counter()
        ours = asyncio.run(_ours(account))
        end = time.perf_counter()
    finally:
        process.terminate()
        process.join()
    official_s, ours_s = theirs / (middle - begin), ours / (end - middle)
    print(f"official package   {official_s:>8.0f} calls/s   ({theirs} calls)")
    print(f"Dialboard, typed   {ours_s:>8.0f} calls/s   ({ours} calls)   ratio {ours_s / official_s:.1f}")


if __name__ == "__main__":
    main()
