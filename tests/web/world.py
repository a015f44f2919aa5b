"""A small company as the pages' tests know it: written into a real store, a real journal and real outcomes."""

import asyncio
import math
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from dialboard.config import Config
from dialboard.deliver.outcomes import New, Result, open_outcomes
from dialboard.journal import open_journal
from dialboard.shapes.delivery import Reason, State
from dialboard.shapes.event import Event, Grant
from dialboard.shapes.ids import new_id
from dialboard.shapes.row import Batch, Row, Span
from dialboard.store.door import Store

if TYPE_CHECKING:
    from dialboard.control.models import Account

TWILIO = "AC" + "a" * 32
STATUSES = ["completed"] * 17 + ["no-answer"] * 3 + ["busy"] * 2 + ["failed"]
ERRORS = [None] * 22 + ["30003", "30003", "30005", "30007"]
CAMPAIGNS = [
    ("+1 612 555 0100", "Twilio", "Phone"),
    ("Spring mailing", "Print", "Phone"),
    ("Chat button", "Website", "SMS"),
]


def fill_store(store: Store, account: str, now: datetime, days: int = 90, seed: int = 7) -> None:
    """Calls, messages and usage of the last days, today included, all of it held."""
    chance = random.Random(seed)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    held = Span(midnight - timedelta(days=days), now)
    moments = [
        midnight - timedelta(days=day) + timedelta(seconds=chance.randrange(7 * 3600, 20 * 3600))
        for day in range(days)
        for _ in range(_busy(day, midnight, chance))
    ]
    moments = [at for at in moments if at < now]
    _put(store, account, "calls", [_call(at, place, chance) for place, at in enumerate(moments)], held)
    _put(store, account, "messages", [_message(at, place, chance) for place, at in enumerate(moments * 2)], held)
    _put(store, account, "usage_daily", _usage(midnight, days, chance), held)


def _busy(day: int, midnight: datetime, chance: random.Random) -> int:
    weekday = (midnight - timedelta(days=day)).weekday()
    wave = 46 + 9 * math.sin(day / 9) - day * 0.12
    return max(4, round(wave * (0.32 if weekday >= 5 else 1) * chance.uniform(0.85, 1.15)))


def _put(store: Store, account: str, resource: str, rows: list[Row], held: Span) -> None:
    store.put(Batch(account=account, twilio_account=TWILIO, resource=resource, rows=rows, held=held))


def _call(at: datetime, place: int, chance: random.Random) -> Row:
    status = chance.choice(STATUSES)
    inbound = chance.random() < 0.7
    seconds = int(chance.expovariate(1 / 190)) + 4 if status == "completed" else 0
    sid = f"CA{place:032x}"
    values = {
        "sid": sid,
        "parent_call_sid": "",
        "status": status,
        "direction": "inbound" if inbound else "outbound-api",
        "direction_class": "inbound" if inbound else "outbound",
        "from_": f"+1612555{chance.randrange(1000, 9999)}",
        "to": "+16125550100",
        "start_time": at,
        "end_time": at + timedelta(seconds=seconds),
        "date_created": at,
        "date_updated": at,
        "duration": seconds,
        "price": Decimal("0.0085") * math.ceil(seconds / 60),
        "currency": "USD",
        "account_sid": TWILIO,
    }
    return Row(sid, values, b"{}")


def _message(at: datetime, place: int, chance: random.Random) -> Row:
    error = chance.choice(ERRORS)
    inbound = chance.random() < 0.3
    status = "received" if inbound else "undelivered" if error else "delivered"
    sid = f"SM{place:032x}"
    values = {
        "sid": sid,
        "status": status,
        "direction": "inbound" if inbound else "outbound-api",
        "direction_class": "inbound" if inbound else "outbound",
        "date_sent": at,
        "date_created": at,
        "date_updated": at,
        "num_segments": 1,
        "price": Decimal("0.0079"),
        "currency": "USD",
        "error_code": None if inbound else error,
        "account_sid": TWILIO,
    }
    return Row(sid, values, b"{}")


def _usage(midnight: datetime, days: int, chance: random.Random) -> list[Row]:
    rows = []
    for back in range(days):
        day = (midnight - timedelta(days=back)).date()
        prices = {"calls": Decimal(chance.randrange(280, 420)) / 100, "sms": Decimal(chance.randrange(120, 190)) / 100}
        prices["phonenumbers"] = Decimal("0.46")
        prices["totalprice"] = sum(prices.values(), Decimal("0.25"))  # and a carrier's fee
        for category, price in prices.items():
            values = {"category": category, "day": day, "price": price, "currency": "USD", "account_sid": TWILIO}
            rows.append(Row(f"{category}/{day}", values, b"{}"))
    return rows


def make_event(account: str, at: datetime, place: int, gaid: str = "UA-12345-1") -> Event:
    name, source, medium = CAMPAIGNS[place % 3]
    event_id = new_id("evt")
    return Event(
        id=event_id,
        account=account,
        key=event_id,
        received_at=at,
        gaid=gaid,
        zip="55401" if place % 4 else "",
        hostname="www.example.com",
        path="/twilio/voice",
        visitor_id=f"CA{place:032x}",
        campaign_name=name,
        campaign_source=source,
        campaign_medium=medium,
        title="Incoming call" if place % 2 else None,
        city="Minneapolis",
        state="MN",
        country="US",
    )


def send_events(config: Config, account: "Account", events: list[Event], tokens: int | None = 1000) -> list[int]:
    """Through the journal, as the collector does; the numbers they got."""

    async def append() -> list[int]:
        journal = await open_journal(config.journal)
        try:
            await journal.grant(Grant(new_id("grt"), account.pk, tokens))
            return [(await journal.append(event)).sequence for event in events]  # type: ignore[union-attr]
        finally:
            await journal.close()

    # In a thread of its own, for the browser's tests have an event loop in theirs.
    with ThreadPoolExecutor(1) as hand:
        return hand.submit(asyncio.run, append()).result()


def deliver_events(
    config: Config, account: "Account", destination: str, events: list[Event], sequences: list[int]
) -> None:
    """Most are delivered; the second waits, the third is dead."""
    outcomes = open_outcomes(config.outcomes)
    now = datetime.now(UTC)
    outcomes.admit(
        [
            New(
                account=account.pk,
                destination=destination,
                sequence=sequence,
                event=event.id,
                received_at=event.received_at,
            )
            for event, sequence in zip(events, sequences, strict=True)
        ],
        now,
    )
    results = [
        Result(destination=destination, sequence=sequence, state=State.DELIVERED)
        for sequence in sequences
        if sequence != sequences[1]
    ]
    results[1] = Result(
        destination=destination,
        sequence=sequences[2],
        state=State.DEAD,
        reason=Reason.REFUSED,
        detail="The collector refused the request (403). Google never does: check the collect address.",
    )
    outcomes.write([], results, now)
    outcomes.close()
