import asyncio
import itertools
import socket
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dialboard.errors import Refused, Transient
from dialboard.outbound.connect import AsyncCheckedBackend
from dialboard.outbound.http import Answer
from dialboard.shapes.row import Span
from dialboard.shapes.times import write_rfc2822
from dialboard.sync import plan
from dialboard.sync.pace import Pace
from dialboard.sync.pull import Progress, pull
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.client import Client
from dialboard.twilio.page import Page
from dialboard.twilio.resources import RESOURCES
from tests.outbound.servers import answer, wire
from tests.twilio.world import NOW, World

CALLS, MESSAGES, USAGE = RESOURCES["calls"], RESOURCES["messages"], RESOURCES["usage_daily"]
MONTH = Span(NOW - timedelta(days=31), NOW)


class Killed(BaseException):
    """Stands for the end of the process."""


class Kept:
    """What a store would hold after the pages that were written."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.held: list[Span] = []
        self.pages = 0
        self.kill_at: int | None = None

    async def put(self, page: Page, held: Span | None) -> None:
        if self.pages == self.kill_at:
            raise Killed
        self.pages += 1
        for record in map(msgspec.json.decode, page.records):
            self.records[record.get("sid") or record["category"] + record["start_date"]] = record
        if held is not None:
            self.held = plan.joined([*self.held, held])


async def at_once(seconds: float) -> None:
    """Stands for asyncio.sleep between tries."""


def sync(world: World, slices: Sequence[Span], kept: Kept, resource: Any = CALLS, **options: Any) -> Progress:
    async def run() -> Progress:
        async with Client(world.account, gate=Pace(), sleep=at_once) as client:
            return await pull(client, resource, slices, kept.put, **options)

    return asyncio.run(run())


@pytest.mark.parametrize("resource", [CALLS, MESSAGES, USAGE], ids=lambda resource: resource.name)
def test_everything_of_the_span_arrives_and_is_held(world: World, resource: Any) -> None:
    kept = Kept()
    progress = sync(world, plan.slices(resource, MONTH, [], []), kept, resource)
    sent = [message for message in world.story.all_messages(NOW) if (message.sent_s or 2**40) <= NOW.timestamp()]
    assert len(kept.records) == {"calls": 3000, "messages": len(sent), "usage_daily": 31 * 25}[resource.name]
    assert len(kept.held) == 1 and kept.held[0].until == NOW and kept.held[0].from_ <= MONTH.from_
    assert progress.share == 1.0 and progress.slices_done == progress.slices and progress.pages == kept.pages


def test_no_more_than_four_requests_run_at_once(world: World) -> None:
    world.behave(latency_ms=5)
    sync(world, plan.slices(CALLS, MONTH, [], []), Kept())
    assert 2 <= world.counts()["most_at_once"] <= 4


def test_retry_after_holds_for_every_slice(world: World) -> None:
    world.behave(every_429=6, retry_after_s=1, latency_ms=3)
    kept = Kept()
    sync(world, plan.slices(CALLS, MONTH, [], []), kept)
    counts = world.counts()
    assert len(kept.records) == 3000
    assert counts["by_status"]["429"] >= 2 and counts["inside_retry_after"] == 0


@pytest.mark.parametrize("written", [0, 1, 4, 11, 17, 29])
def test_after_a_kill_at_most_two_pages_an_open_slice_are_fetched_again(world: World, written: int) -> None:
    small = msgspec.structs.replace(CALLS, page_size=100)
    open_slices = 4
    whole, slices = Kept(), plan.slices(small, MONTH, [], [])
    sync(world, slices, whole, small)
    world.forget()

    kept = Kept()
    kept.kill_at = written
    with pytest.raises(Killed):
        sync(world, slices, kept, small)
    kept.kill_at = None
    again = plan.slices(small, MONTH, kept.held, [], fresh=kept.held)
    sync(world, again, kept, small)

    assert kept.records == whole.records
    assert plan.joined(kept.held) == [MONTH]
    assert world.counts()["records"] - len(whole.records) <= 2 * open_slices * small.page_size
    extra = world.counts()["pages"] - whole.pages
    assert extra <= 2 * open_slices, f"{extra} pages were fetched again after {written} were written"


def test_a_price_that_comes_late_arrives_with_the_next_sync(world: World) -> None:
    kept = Kept()
    sync(world, plan.slices(CALLS, MONTH, [], []), kept)
    waiting = [sid for sid, call in kept.records.items() if call["status"] == "completed" and not call["price"]]
    assert waiting
    world.later(days=2, minutes=30)
    span = Span(MONTH.from_, world.now)
    slices = plan.slices(CALLS, span, kept.held, plan.settled(CALLS, kept.held, NOW))
    assert sum((each.until - each.from_ for each in slices), timedelta()) <= timedelta(days=5, minutes=30)
    sync(world, slices, kept)
    recent = [sid for sid in waiting if kept.records[sid]["price"]]
    assert recent and len(kept.records) == len(list(world.story.all_calls(world.now)))
    assert len(recent) >= len(waiting) - 2  # a price may take longer than the days that are read again


def test_a_call_that_was_running_is_seen_to_end(world: World) -> None:
    kept = Kept()
    sync(world, plan.slices(CALLS, MONTH, [], []), kept)
    running = [sid for sid, call in kept.records.items() if call["status"] in ("ringing", "in-progress")]
    assert running
    world.later(hours=3)
    sync(world, plan.slices(CALLS, Span(MONTH.from_, world.now), kept.held, plan.settled(CALLS, kept.held, NOW)), kept)
    assert all(kept.records[sid]["end_time"] for sid in running)


def test_an_account_that_keeps_less_is_read_as_far_as_it_goes(world: World) -> None:
    world.behave(retention_days=10)
    kept = Kept()
    progress = sync(world, plan.slices(MESSAGES, MONTH, [], []), kept, MESSAGES)
    assert progress.skipped > 0
    assert NOW - timedelta(days=10) <= kept.held[0].from_ <= NOW - timedelta(days=9)


def test_an_outage_ends_the_run_with_its_own_error_and_what_was_written_stays(world: World) -> None:
    kept = Kept()

    async def then_fail(page: Page, held: Span | None) -> None:
        await kept.put(page, held)
        world.sandbox.behaviour.fail_next = 10_000

    async def run() -> None:
        async with Client(world.account, gate=Pace(), sleep=at_once) as client:
            await pull(client, CALLS, plan.slices(CALLS, MONTH, [], []), then_fail)

    with pytest.raises(Transient):
        asyncio.run(run())
    assert kept.held


class Listed:
    """An answer for each page, made by hand."""

    def __init__(self, *pages: list[str | None]) -> None:
        self.pages = list(pages)

    async def get(self, url: str, **options: Any) -> Answer:
        times = self.pages.pop(0)
        records = [{"sid": f"CA{number}", "start_time": at} for number, at in enumerate(times)]
        link = f"/next{len(self.pages)}" if self.pages else None
        return Answer(200, {}, msgspec.json.encode({"calls": records, "next_page_uri": link}))


def held_after(world: World, *pages: list[str | None]) -> list[Span | None]:
    seen: list[Span | None] = []

    async def put(page: Page, held: Span | None) -> None:
        seen.append(held)

    async def run() -> None:
        await pull(Client(world.account, Listed(*pages)), CALLS, [MONTH], put)

    asyncio.run(run())
    return seen


def at(minutes: float) -> str:
    return write_rfc2822(NOW - timedelta(minutes=minutes))


def test_records_of_the_page_s_last_second_may_be_on_the_next_one(world: World) -> None:
    first, last = held_after(world, [at(1), at(2)], [at(2)])
    assert first == Span(NOW - timedelta(minutes=2) + timedelta(seconds=1), NOW)
    assert last == MONTH


def test_a_list_a_little_out_of_order_is_held_a_little_later(world: World) -> None:
    first, _ = held_after(world, [at(1), at(5), at(4)], [])
    assert first == Span(NOW - timedelta(minutes=3) + timedelta(seconds=1), NOW)


def test_a_list_in_another_order_is_held_only_when_all_of_it_is_here(world: World) -> None:
    assert held_after(world, [at(500), at(5)], [at(1), None], []) == [None, None, MONTH]


def test_records_without_a_time_claim_nothing(world: World) -> None:
    assert held_after(world, [None, None], []) == [None, MONTH]


def test_a_list_that_leads_in_a_circle_is_not_held(world: World) -> None:
    world.behave(repeat_page=True)
    kept = Kept()
    with pytest.raises(Refused, match="circle"):
        sync(world, [MONTH], kept)
    assert kept.held == [] or kept.held[0] != MONTH


def test_a_request_that_connects_while_another_meets_429_waits_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived: list[float] = []
    page = b'{"calls": [], "page_size": 1000, "next_page_uri": null}'

    def talk(connection: socket.socket, request: bytes) -> None:
        arrived.append(time.monotonic())
        is_first = len(arrived) == 1
        connection.sendall(answer(b"{}", "429 Slow", "Retry-After: 1") if is_first else answer(page))

    connect, connections = AsyncCheckedBackend.connect_tcp, itertools.count()

    async def connect_slowly(self: AsyncCheckedBackend, *where: Any, **how: Any) -> Any:
        await asyncio.sleep(0.05 * next(connections))  # each later than the one before, as behind a busy TLS
        return await connect(self, *where, **how)

    monkeypatch.setattr(AsyncCheckedBackend, "connect_tcp", connect_slowly)
    with wire(talk) as server:
        account = TwilioAccount("AC" + "0" * 32, "SK" + "0" * 32, "secret", server.url)

        async def run() -> Pace:
            pace = Pace()
            async with Client(account, gate=pace) as client:
                await pull(client, CALLS, plan.slices(CALLS, MONTH, [], [])[:4], Kept().put)
            return pace

        pace = asyncio.run(run())
    assert len(arrived) == 5 and pace.waits == 1
    assert min(arrived[1:]) - arrived[0] >= 1.0
