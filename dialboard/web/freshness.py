"""How new the figures of an account are, without asking the store: from the syncs and the journal."""

import time
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, Q, Sum
from msgspec import Struct

from dialboard.control.models import Account, Order, SyncRun
from dialboard.control.models.order import OrderKind, OrderState
from dialboard.web import data

# A sync that was killed leaves a run without an end; nobody waits for it for ever.
_LONGEST_RUN = timedelta(hours=6)
_SETTLES = timedelta(seconds=10)
_LIVE = timedelta(minutes=2)
_LATELY_S = 1.0

_found: dict[str, tuple[float, "Freshness"]] = {}  # by account, the last answer and its monotonic time


class Freshness(Struct, frozen=True, kw_only=True):
    arriving: bool  # a sync or another order is at work right now
    look_again_s: int  # how soon a page should look again
    updated_at: datetime | None  # when something last arrived; None: never
    tone: str  # of the dot: "good", "warn", "bad"
    stamp: str  # changes whenever anything arrives
    rows: int  # that the running syncs have brought so far


def of(account: Account, now: datetime | None = None) -> Freshness:
    """A few small queries on the control database and one on the journal."""
    now = now or datetime.now(UTC)
    running = Q(finished_at=None, started_at__gt=now - _LONGEST_RUN)
    runs = SyncRun.objects.filter(connection__account=account).aggregate(
        newest=Max("finished_at"),
        last=Max("pk"),
        running=Count("pk", filter=running),
        rows=Sum("rows", filter=running),
        pages=Sum("pages", filter=running),
    )
    newest_event = next(iter(data.reader().latest(account.pk, limit=1)), None)
    times = [runs["newest"], newest_event.event.received_at if newest_event else None]
    updated_at = max((time for time in times if time), default=None)
    arriving = runs["running"] > 0 or account.orders.filter(state__in=_OPEN).exists() or _begins(account, now)
    sequence = newest_event.sequence if newest_event else 0
    age = now - newest_event.event.received_at if newest_event else timedelta.max
    # An event reaches the store a moment after the journal: until then no answer is worth keeping.
    settling = now.isoformat() if age < _SETTLES else ""
    fresh = Freshness(
        arriving=arriving,
        look_again_s=3 if arriving else 15 if age < _LIVE else 60,
        updated_at=now if arriving and runs["rows"] else updated_at,
        tone=_tone(account, updated_at, now),
        stamp=f"{runs['newest']}/{runs['last']}/{runs['rows']}/{runs['pages']}/{sequence}/{arriving}/{settling}",
        rows=runs["rows"] or 0,
    )
    _found[account.pk] = time.monotonic(), fresh
    return fresh


def lately(account: Account) -> Freshness:
    """As `of`, or what it found within the last second: a board and its tiles ask one after the other, and it would be
    a third of what a tile costs. A tile that is newer than its stamp is only fetched once more than it had to be."""
    at, fresh = _found.get(account.pk, (0.0, None))
    return fresh if fresh and time.monotonic() - at < _LATELY_S else of(account)


def is_running(run: SyncRun) -> bool:
    return run.finished_at is None and run.started_at > datetime.now(UTC) - _LONGEST_RUN


_OPEN = (OrderState.WAITING, OrderState.TAKEN)


def _begins(account: Account, now: datetime) -> bool:
    """A sample that is being made, or a connection just added whose first sync has not begun: a page that was opened
    in this moment would look again after a minute only."""
    making = Order.objects.filter(kind=OrderKind.SAMPLE_ADD, state__in=_OPEN)
    fresh = account.connections.filter(enabled=True, problem="", created_at__gt=now - _LIVE, runs=None)
    return (account.is_sample and making.exists()) or fresh.exists()


def _tone(account: Account, updated_at: datetime | None, now: datetime) -> str:
    """Bad when a connection has a problem, so-so when nothing arrived for a day."""
    if account.connections.filter(enabled=True).exclude(problem="").exists():
        return "bad"
    return "warn" if updated_at is None or now - updated_at > timedelta(days=1) else "good"


def open_orders(account: Account) -> list[Order]:
    return list(account.orders.filter(state__in=_OPEN))
