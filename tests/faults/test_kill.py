"""kill -9 of every process while events come in, leave again, and an account is synced.

Nothing that was acknowledged may be lost, nothing counted twice, and the balance has to be exact.
"""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from dialboard.deliver.outcomes import open_outcomes
from dialboard.journal import open_reader
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import Behaviour, TwilioSandbox
from dialboard.shapes.delivery import State
from tests.paths.running import PATIENCE_S, TRACKER, Server, a_call, wait_for

TOKENS = 1_000_000
SENDERS = 8
VISITORS = 2
PAUSE_S = 0.02
CALLS = 30_000
PAGE_S = 0.6  # how long the played Twilio takes for a page: the sync has to outlast the kills
GOOGLE_S = 0.05
MORE_ROUNDS = 4  # for a process of which no kill fell amid its work
ROLES = ("serving", "showing", "storing", "delivering", "working", "supervisor")
NOW = datetime.now(UTC).replace(microsecond=0)


class Senders:
    """Handlers that tell the tracker without end, and tell again with the same key what was not acknowledged; and
    visitors who load a page without end."""

    def __init__(self, url: str, auth: dict[str, str]) -> None:
        self._url, self._auth = url, auth
        self._done = threading.Event()
        self.acknowledged: set[str] = set()
        self.broken = 0  # requests that were under way when the server went away

    def run(self) -> None:
        asyncio.run(self._all())

    def stop(self) -> None:
        self._done.set()

    async def _all(self) -> None:
        async with httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=SENDERS)) as client:
            senders = [self._one(client, number) for number in range(SENDERS)]
            await asyncio.gather(*senders, *(self._visitor() for _ in range(VISITORS)))

    async def _one(self, client: httpx.AsyncClient, number: int) -> None:
        count = 0
        while not self._done.is_set():
            key = f"{number}-{count}"
            while not await self._told(client, key):
                await asyncio.sleep(0.05)
            self.acknowledged.add(key)
            count += 1
            await asyncio.sleep(PAUSE_S)

    async def _visitor(self) -> None:
        # Without a pause: a page takes a few milliseconds, so that else most kills would fall between two of them.
        async with httpx.AsyncClient(base_url=self._url, timeout=20) as client:
            while not self._done.is_set():
                try:
                    answer = await client.get("/sign-in")
                except httpx.TransportError:  # serving has gone; of showing no visitor sees it
                    await asyncio.sleep(PAUSE_S)
                else:
                    assert answer.status_code in (200, 503), answer.text

    async def _told(self, client: httpx.AsyncClient, key: str) -> bool:
        form = a_call(self._auth, path=f"/voice/{key}", visitorId=f"visitor-{key}")
        try:
            answer = await client.post(f"{self._url}{TRACKER}", data=form, headers={"idempotency-key": key})
        except httpx.ConnectError:
            return False
        except httpx.TransportError:
            self.broken += 1
            return False
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200


class World:
    def __init__(self, folder: Path, twilio: TwilioSandbox, google: str) -> None:
        self.twilio, self.google = twilio, google
        self.server = Server(folder / "data").start()
        # The same port again after each start: the senders do not know that anything happened.
        self.server._words = ("--port", self.server.url.rpartition(":")[2])
        self.auth = self.server.cli("account", "create", "alice", "--tokens", str(TOKENS))
        (folder / "secret").write_text(twilio.key_secret)
        self.folder = folder

    def connect(self, twilio_url: str) -> None:
        secret = str(self.folder / "secret")
        self.server.cli(
            "destination", "add", "--account", "alice", "--kind", "google-analytics", "--alias", "UA-12345-1",
            "--measurement-id", "G-ALICEALICE", "--api-secret-file", secret, "--endpoint", f"{self.google}/mp/collect",
        )  # fmt: skip
        self.server.cli(
            "connection", "add", "--account", "alice", "--account-sid", self.twilio.account_sid,
            "--key-sid", self.twilio.key_sid, "--key-secret-file", secret, "--base-url", twilio_url,
        )  # fmt: skip

    @property
    def synced(self) -> bool:
        return "A sync is done." in self.server.log

    def knows_the_sender(self) -> bool:
        return self.server.track(**a_call(self.auth)).status_code == 200

    def kill(self, role: str) -> None:
        """Returns once there is a successor."""
        before = self.server.pid(role)
        if role == "supervisor":
            self.server.kill_supervisor()
            wait_for(lambda: not self.server.children(), "the children end with their supervisor", within_s=2)
            self.server.start()
            return
        self.server.kill(role)
        wait_for(lambda: self.server.pid(role) not in (None, before), f"{role} is started again")
        wait_for(self._is_healthy, "events are taken again")

    def _is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.server.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def played(folder: Path) -> Iterator[World]:
    story = Story(3, NOW, calls=CALLS, messages=500, days=30)
    behaviour = Behaviour(latency_ms=PAGE_S * 1000)
    twilio = TwilioSandbox(story, clock=lambda: NOW, behaviour=behaviour)
    with running(twilio) as twilio_url, running(GoogleAnalyticsSandbox(keep=1_000_000)) as google:
        httpx.post(f"{google}/behave", json={"delay_s": GOOGLE_S, "times": None}).raise_for_status()
        world = World(folder, twilio, google)
        try:
            world.connect(twilio_url)
            yield world
            assert world.server.stop() == 0
        finally:
            world.server.process.kill()
            world.server.process.wait(10)
            wait_for(lambda: not world.server.children(), "the children end", within_s=10)


def inside(world: World, senders: Senders, role: str) -> Callable[[], bool]:
    """Call it before the kill; what it gives, once the successor is there: whether the kill was amid work."""
    broken, synced = senders.broken, world.synced
    if role == "serving":
        return lambda: senders.broken > broken
    if said := {"showing": "action=page_cut", "delivering": "Deliveries were under way"}.get(role):
        before = world.server.log.count(said)
        return lambda: wait_for_more(lambda: world.server.log.count(said), before)
    # The sync was not over: rows were on their way into the store.
    return lambda: not synced and world.twilio.counts.pages > 0


def kill_once(world: World, senders: Senders, role: str, dice: random.Random) -> bool:
    """Whether it fell amid work."""
    time.sleep(dice.uniform(0.1, 0.9))  # a random moment is what is wanted here, not a condition
    was_amid = inside(world, senders, role)
    world.kill(role)
    return was_amid()


def wait_for_more(count: Callable[[], int], before: int) -> bool:
    until = time.monotonic() + 2
    while time.monotonic() < until:
        if count() > before:
            return True
        time.sleep(0.05)
    return False


def kill_rounds(folder: Path, rounds: int) -> None:
    dice = random.Random()
    order = [role for role in ROLES for _ in range(rounds)]
    dice.shuffle(order)
    amid: Counter[str] = Counter()
    with played(folder) as world:
        senders = Senders(world.server.url, world.auth)
        thread = threading.Thread(target=senders.run)
        wait_for(world.knows_the_sender, "the new sender is known")
        thread.start()
        try:
            wait_for(lambda: world.twilio.counts.pages > 0, "the sync begins")
            for role in order:
                amid[role] += kill_once(world, senders, role, dice)
            for role in ROLES * MORE_ROUNDS:  # a moment may have been that of a process that had only just begun
                if not amid[role]:
                    amid[role] += kill_once(world, senders, role, dice)
        finally:
            senders.stop()
            thread.join(60)
        world.twilio.behaviour = Behaviour()  # the rest may go fast
        check_journal(world, senders)
        check_store(world)
        check_deliveries(world)
    missing = [role for role in ROLES if not amid[role]]
    assert not missing, f"no kill of {missing} fell amid its work: nothing was proved ({amid})"


def check_journal(world: World, senders: Senders) -> None:
    reader = open_reader(str(world.server.data / "events.db"))
    account = world.auth["account"]
    entries, balance = reader.latest(account), reader.balance(account)
    reader.close()
    paths = Counter(entry.event.path for entry in entries)
    told = {f"/voice/{key}" for key in senders.acknowledged}
    assert told <= paths.keys(), "an acknowledged event is lost"
    assert max(paths.values()) == 1, "an event is kept twice"
    assert (balance.granted, balance.debited) == (TOKENS, len(entries))
    assert balance.tokens == TOKENS - len(entries)


def check_store(world: World) -> None:
    reader = open_reader(str(world.server.data / "events.db"))
    kept = reader.count(world.auth["account"])
    reader.close()
    wait_for(lambda: world.synced, "the sync comes to its end", within_s=90)
    first, last = (NOW - timedelta(days=40)).date(), (NOW + timedelta(days=2)).date()

    def total(metric: str) -> int:
        words = ("--account", "alice", "--from", f"{first}", "--until", f"{last}")
        return int(world.server.cli("query", metric, *words)["total"] or 0)

    wait_for(lambda: total("tracked_events") >= kept, "every event is absorbed")
    assert total("tracked_events") == kept, "an event is counted twice"
    story = world.twilio.story
    assert total("calls") == sum(call.parent is None for call in story.all_calls(NOW))
    assert total("messages") == sum(message.sent_s is not None for message in story.all_messages(NOW))


def check_deliveries(world: World) -> None:
    """Each event has one delivery; what Google got twice is known to have been uncertain."""
    account = world.auth["account"]
    reader = open_reader(str(world.server.data / "events.db"))
    paths = {entry.sequence: entry.event.path for entry in reader.latest(account)}
    reader.close()
    outcomes = open_outcomes(str(world.server.data / "deliveries.db"), read_only=True)
    try:
        wait_while_it_grows(
            lambda: sum(states.get(State.DELIVERED, 0) for states in outcomes.counts(account).values()),
            len(paths),
        )
        deliveries = outcomes.latest(account)
    finally:
        outcomes.close()
    assert Counter(one.sequence for one in deliveries) == dict.fromkeys(paths, 1)
    attempts = {paths[one.sequence]: one.attempts for one in deliveries}
    arrivals = Counter(arrived_paths(world.google))
    assert arrivals.keys() == attempts.keys()
    untold = {path: count for path, count in arrivals.items() if count > attempts[path]}
    assert not untold, "Google got more than we know of"


def wait_while_it_grows(delivered: Callable[[], int], wanted: int) -> None:
    """Twenty kills leave tens of thousands to deliver, which takes as long as the machine is slow."""
    known, until = 0, time.monotonic() + PATIENCE_S
    while (now := delivered()) < wanted:
        if now > known:
            known, until = now, time.monotonic() + PATIENCE_S
        assert time.monotonic() < until, f"{now} of {wanted} events are delivered, and no more for {PATIENCE_S:.0f} s"
        time.sleep(0.2)


def arrived_paths(google: str) -> list[str]:
    requests = httpx.get(f"{google}/requests", timeout=60).json()["requests"]
    places = [event["params"].get("page_location") for one in requests for event in one["body"]["events"]]
    return [place.partition("example.com")[2].partition("?")[0] for place in places if place]


def test_killed_processes_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    kill_rounds(tmp_path, rounds=2)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_twenty_kills_of_each_process_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    kill_rounds(tmp_path, rounds=20)
