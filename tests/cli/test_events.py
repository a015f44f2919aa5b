"""dialboard events and dialboard deliveries, over a real journal and real outcomes."""

import asyncio
from datetime import UTC, datetime

import pytest

from dialboard.deliver.outcomes import New, open_outcomes
from dialboard.journal import open_journal
from dialboard.shapes.event import Event, Grant, Kept
from dialboard.shapes.ids import new_id
from tests.cli.run import ok, run_all

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def make_event(account: str, visitor: str) -> Event:
    event = new_id("evt")
    return Event(
        id=event,
        account=account,
        key=event,
        received_at=AT,
        gaid="UA-12345-1",
        zip="",
        hostname="www.example.com",
        path="/voice",
        visitor_id=visitor,
        campaign_name="+14155550100",
        campaign_source="Twilio",
        campaign_medium="Phone",
        user_agent="TwilioProxy/1.1",
    )


async def keep(where: str, account: str, visitors: list[str]) -> list[int]:
    journal = await open_journal(where)
    try:
        await journal.grant(Grant(new_id("grt"), account, None))
        receipts = [await journal.append(make_event(account, visitor)) for visitor in visitors]
    finally:
        await journal.close()
    return [receipt.sequence for receipt in receipts if isinstance(receipt, Kept)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Alice's account with three events, of which the first is on its way to her destination; Charlie's with none."""
    data = tmp_path_factory.mktemp("events") / "data"
    account = ok("account", "create", "Alice", data=data)["account"]
    ok("account", "create", "Charlie", data=data)
    (data.parent / "secret").write_text("ga-secret")
    words = ("--kind", "google-analytics", "--measurement-id", "G-AB12CD34EF", "--alias", "UA-12345-1")
    secret = ("--api-secret-file", str(data.parent / "secret"))
    destination = ok("destination", "add", "--account", "Alice", *words, *secret, data=data)["destination"]
    numbers = asyncio.run(keep(str(data / "events.db"), account, ["CA1", "CA2", "CA3"]))
    outcomes = open_outcomes(str(data / "deliveries.db"))
    first = New(account=account, destination=destination, sequence=numbers[0], event="evt_1", received_at=AT)
    outcomes.admit([first], AT)
    outcomes.close()
    return data, destination, numbers


def documents(world, *commands):
    return [done.json for done in run_all([(*words, "--json") for words in commands], world[0])]


def test_events_come_newest_first_under_the_names_of_the_tracker(world):
    every, newest, others = documents(
        world,
        ("events", "list", "--account", "Alice"),
        ("events", "list", "--account", "Alice", "--limit", "1"),
        ("events", "list", "--account", "Charlie"),
    )
    assert [event["visitorId"] for event in every["events"]] == ["CA3", "CA2", "CA1"]
    assert newest["events"] == every["events"][:1] and others == {"events": []}
    event = newest["events"][0]
    assert event["sequence"] == world[2][-1] and event["receivedAt"] == "2026-11-02T09:30:00Z"
    assert (event["zip"], event["title"], event["userAgent"], event["c.name"]) == (
        "",
        None,
        "TwilioProxy/1.1",
        "+14155550100",
    )


def test_deliveries_are_of_their_account_and_state(world):
    every, waiting, dead, others = documents(
        world,
        ("deliveries", "list", "--account", "Alice"),
        ("deliveries", "list", "--account", "Alice", "--state", "waiting", "--destination", world[1]),
        ("deliveries", "list", "--account", "Alice", "--state", "dead"),
        ("deliveries", "list", "--account", "Charlie"),
    )
    (delivery,) = every["deliveries"]
    assert waiting == every and dead == others == {"deliveries": []}
    assert (delivery["sequence"], delivery["destination"], delivery["state"]) == (world[2][0], world[1], "waiting")
    assert delivery["name"] == "Google Analytics 4 UA-12345-1"


def test_a_replay_is_an_order_for_a_worker(world):
    done, nothing, foreign = run_all(
        [
            ("deliveries", "replay", "--account", "Alice", "--destination", world[1], "--from", "2", "--json"),
            ("deliveries", "replay", "--account", "Alice", "--destination", world[1], "--from", "99"),
            ("deliveries", "replay", "--account", "Charlie", "--destination", world[1]),
        ],
        world[0],
    )
    assert (done.json["destination"], done.json["from"], done.json["until"]) == (world[1], 2, world[2][-1] + 1)
    assert nothing.code == 2 and "--from 99" in nothing.err
    assert foreign.code == 1 and "no destination" in foreign.err
