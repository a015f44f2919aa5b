"""The other rooms' doors as the pages use them: opened once a process, asked for one account at a time."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from dialboard.control import active_config
from dialboard.control.models import Account
from dialboard.deliver.outcomes import Outcomes, open_outcomes
from dialboard.journal import Reader, open_reader
from dialboard.measure.answer import answer
from dialboard.shapes.metric import Metric
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span
from dialboard.shapes.series import Series
from dialboard.store import Store, open_store
from dialboard.web.asked import Asked

Door = TypeVar("Door")


def _once(open_door: Callable[[], Door]) -> Callable[[], Door]:
    """Opens it on first use and keeps it; a failure is not kept."""
    opened: list[Door] = []
    lock = threading.Lock()

    @wraps(open_door)
    def door() -> Door:
        with lock:
            if not opened:
                opened.append(open_door())
            return opened[0]

    return door


@_once
def store() -> Store:
    """Raises StoreUnreachable while the storing process is away."""
    return open_store(active_config().store, wait_s=3)


@_once
def reader() -> Reader:
    """The reading side of the journal; shared by the threads."""
    return open_reader(active_config().journal)


@_once
def outcomes() -> Outcomes:
    return open_outcomes(active_config().outcomes, read_only=True)


def ask(account: Account, metric: Metric, asked: Asked, *, by: Grain | None = None, split: str = "") -> Series:
    """Raises StoreUnreachable, SeveralCurrencies, UsageError."""
    return answer(
        store(),
        metric,
        account=account.pk,
        period=asked.period,
        by=by,
        split=(split,) if split else (),
        compare=asked.compare,
        now=asked.now,
    )


def held(account: Account, resource: str, twilio_account: str | None = None) -> list[Span]:
    """The spans of which everything is here."""
    return [one.span for one in store().held(account.pk, resource, twilio_account)]
