"""Both journals behind one fixture, and events to put into them."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dialboard.journal import Journal, Reader, open_journal, open_reader
from dialboard.shapes.event import Event, Grant
from dialboard.shapes.ids import new_id

ALICE, BOB = "acc_alice", "acc_bob"
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def event(account: str = ALICE, key: str | None = None, **changes: Any) -> Event:
    name = new_id("evt")
    values: dict[str, Any] = {
        "id": name,
        "account": account,
        "key": key or name,
        "received_at": NOON,
        "gaid": "UA-12345-1",
        "zip": "",
        "hostname": "twilio.example.com",
        "path": "/voice",
        "visitor_id": "CA" + "0" * 32,
        "campaign_name": "+16125551234",
        "campaign_source": "Twilio",
        "campaign_medium": "Phone",
    }
    return Event(**{**values, **changes})


def grant(tokens: int | None, account: str = ALICE) -> Grant:
    return Grant(new_id("grt"), account, tokens)


Story = Callable[[Journal, Reader], Coroutine[Any, Any, None]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for a journal, once a file and once a database."""
    if request.param == "sqlite":
        return str(tmp_path / "events.db")
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def tell(where: str) -> Callable[[Story], None]:
    """Runs a story with an open journal and its reader."""

    async def told(story: Story) -> None:
        journal = await open_journal(where)
        reader = open_reader(where)
        try:
            await story(journal, reader)
        finally:
            reader.close()
            await journal.close()

    return lambda story: asyncio.run(told(story))
