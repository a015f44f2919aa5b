"""A sandbox and clients of it, for the tests of twilio and sync."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from dialboard.twilio.account import TwilioAccount

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


class World:
    """A served sandbox whose clock the test holds."""

    def __init__(self, **story: Any) -> None:
        self.now = NOW
        story = {"calls": 3000, "messages": 2000, "days": 30, **story}
        self.story = Story(7, NOW, **story)
        self.sandbox = TwilioSandbox(self.story, clock=lambda: self.now)
        self.base = ""

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    @property
    def account(self) -> TwilioAccount:
        sandbox = self.sandbox
        return TwilioAccount(sandbox.account_sid, sandbox.key_sid, sandbox.key_secret, self.base)

    def behave(self, **how: Any) -> None:
        httpx.post(f"{self.base}/sandbox/behave", json=how, trust_env=False).raise_for_status()

    def counts(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.base}/sandbox/counts", trust_env=False).json())

    def forget(self) -> None:
        httpx.post(f"{self.base}/sandbox/forget", trust_env=False).raise_for_status()


@contextmanager
def served(world: World) -> Iterator[World]:
    with running(world.sandbox) as base:
        world.base = base
        yield world
