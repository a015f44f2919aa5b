"""kill -9 of the process that syncs, at any moment: the next one asks Twilio again for two pages a slice at most."""

import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import Behaviour, TwilioSandbox
from tests.cli.run import ok, started
from tests.paths.running import serving, wait_for

DAYS = 50
CALLS = 50_000  # seven pages in each slice of a week, as those are that lie a month back
PAGE_MS = 250.0
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = (NOW - timedelta(days=100)).date()  # so far back that slices are of a week

Slice = tuple[str, ...]


class Twilio(TwilioSandbox):
    """Counts the pages of calls slice by slice, those before the kill apart from those after it."""

    def __init__(self) -> None:
        super().__init__(
            Story(5, NOW, calls=CALLS, messages=100, days=DAYS),
            clock=lambda: NOW,
            behaviour=Behaviour(latency_ms=PAGE_MS),
        )
        self.killed = False
        self.before: dict[Slice, list[set[str]]] = defaultdict(list)
        self.after: dict[Slice, list[set[str]]] = defaultdict(list)

    async def _find(self, scope: dict[str, Any]) -> dict[str, Any]:
        pages = self.after if self.killed else self.before  # an answer under way at the kill is one before it
        answer = await super()._find(scope)
        if calls := answer.get("calls"):
            asked = dict(parse_qsl(scope["query_string"].decode()))
            slice_ = tuple(value for name, value in sorted(asked.items()) if name.startswith("StartTime"))
            pages[slice_].append({call["sid"] for call in calls})
        return answer

    def told(self) -> int:
        """How many pages were answered before the kill."""
        return sum(map(len, self.before.values()))

    def deepest(self) -> int:
        """The same of the slice that is farthest."""
        return max(map(len, list(self.before.values())), default=0)

    def again(self) -> dict[Slice, int]:
        """For each slice that was begun before the kill, how many of its pages were asked for again after it.

        A page counts when most of it had been told before. The last call of a page that was written is always told
        again, at the top of the next one, for others may be of the same second.
        """
        later = [page for pages in self.after.values() for page in pages]
        known = {slice_: set[str]().union(*pages) for slice_, pages in self.before.items()}
        return {slice_: sum(len(page & calls) > len(page) / 2 for page in later) for slice_, calls in known.items()}


@contextmanager
def working(data: Path, connect: Callable[[Path], str]) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """The kill and what comes after it, where the process is that of `dialboard serve`."""
    with serving(data) as server:
        connect(data)

        def over() -> None:
            wait_for(lambda: "A sync is done." in server.log, "the next one has synced the rest", within_s=60)

        yield lambda: server.kill("working"), over


@contextmanager
def by_hand(data: Path, connect: Callable[[Path], str]) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """The same where it is `dialboard sync`."""
    words = ["sync", "--connection", connect(data), "--since", f"{SINCE}", "--resource", "calls", "--data", str(data)]
    with started([sys.executable, "-m", "dialboard", *words]) as syncing:

        def kill() -> None:
            os.kill(syncing.pid, signal.SIGKILL)
            syncing.wait(10)

        yield kill, lambda: ok(*words[:-2], data=data)


@pytest.mark.parametrize("begun", [working, by_hand])
def test_after_a_kill_at_most_two_pages_a_slice_are_fetched_again(tmp_path: Path, begun: Any) -> None:
    twilio, dice = Twilio(), random.Random()
    with running(twilio) as url, begun(tmp_path / "data", lambda data: connected(data, twilio, url)) as (kill, over):
        enough = dice.randint(4, 5)  # more than may be fetched again
        wait_for(lambda: twilio.deepest() >= enough, f"{enough} pages of a slice were told")
        time.sleep(dice.uniform(0, PAGE_MS / 1000))  # a random moment is what is wanted here, not a condition
        kill()
        twilio.killed = True
        assert twilio.told() < CALLS / 1000, "it had read everything: nothing was proved"
        twilio.behaviour = Behaviour()  # the rest may go fast
        over()
        total = ok(*f"query calls --account alice --from {SINCE} --until {NOW.date() + timedelta(days=2)}".split(),
                   data=tmp_path / "data")["total"]  # fmt: skip
    again = twilio.again()
    assert again and max(again.values()) <= 2, f"after {twilio.told()} pages: {again}"
    assert twilio.after, "the next one had something to read"
    assert total == sum(call.parent is None for call in twilio.story.all_calls(NOW))


def connected(data: Path, twilio: TwilioSandbox, url: str) -> str:
    """The connection's id."""
    secret = data.parent / "secret"
    secret.write_text(twilio.key_secret)
    ok("account", "create", "alice", data=data)
    words = ("--account-sid", twilio.account_sid, "--key-sid", twilio.key_sid, "--key-secret-file", str(secret))
    return str(ok("connection", "add", "--account", "alice", *words, "--base-url", url, data=data)["connection"])
