"""How an account stands, in one sentence made by rules: yesterday's figures and this month's spend."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dialboard.control.models import Account
from dialboard.errors import DialboardError, SeveralCurrencies
from dialboard.measure.library import METRICS
from dialboard.measure.period import named
from dialboard.shapes.money import looks
from dialboard.shapes.series import Series
from dialboard.web import data
from dialboard.web.asked import Asked


def sentence(account: Account, now: datetime | None = None) -> str:
    """Yesterday: 412 calls, 81.4 % answered, 1,204 messages. $184.20 this month, on course for $420.

    "" when nothing of yesterday is here, or the store cannot be asked: the page says that in its own place.
    """
    now = now or datetime.now(UTC)
    try:
        parts = list(_of_yesterday(account, now))
        spend = _of_month(account, now)
    except DialboardError:
        return ""
    said = f"Yesterday: {', '.join(parts)}." if parts else ""
    return f"{said} {spend}".strip()


def _of_yesterday(account: Account, now: datetime) -> Iterator[str]:
    """The figures that are here; an answer rate only beside calls."""
    calls = _of_whole_day(account, "calls", now)
    if calls and calls.total is not None:
        yield looks(calls.total, "calls", named=True)
        rate = _of_whole_day(account, "answer_rate", now) if calls.total else None
        if rate and rate.total is not None:
            yield f"{looks(rate.total, '%')} answered"
    for metric in ("messages", "tracked_events"):
        found = _of_whole_day(account, metric, now)
        if found and found.total:
            yield looks(found.total, found.unit, named=True)


def _of_whole_day(account: Account, metric: str, now: datetime) -> Series | None:
    """Yesterday's, or None while some of it is still on its way: half a day is no day."""
    found = _total(account, metric, "yesterday", now)
    return None if found is None or found.gaps else found


def _of_month(account: Account, now: datetime) -> str:
    """Spend so far, and where it leads at this pace; the pace is told from the third day on."""
    try:
        spend = _total(account, "spend", "this_month", now)
    except SeveralCurrencies:
        return "This month's spend is in several currencies."
    if spend is None or not spend.total:
        return ""
    begin, end = spend.span.from_, _end_of_month(spend.span.from_)
    gone = (now - begin) / (end - begin)
    said = f"{looks(spend.total, 'currency', spend.currency)} spent"
    if spend.gaps and spend.gaps[0].from_ < now - timedelta(days=2):
        return f"{said} on the days of this month that are here."
    if gone < 0.1:
        return f"{said} this month."
    return f"{said} this month, on course for {_about(float(spend.total) / gone, spend.currency)}."


def _about(amount: float, currency: str | None) -> str:
    """A forecast has no cents."""
    return looks(round(amount), "currency", currency).replace(".00", "")


def _end_of_month(begin: datetime) -> datetime:
    # The first is a local midnight in UTC: 32 days later is the next month in every zone.
    later = begin + timedelta(days=32)
    return later - timedelta(days=later.day - 1) if begin.day == 1 else begin + timedelta(days=30)


def _total(account: Account, metric: str, period: str, now: datetime) -> Series | None:
    """None when that metric does not exist here."""
    if metric not in METRICS:
        return None
    wanted = Asked(period=named(period, account.zone, now), compare=False, now=now)
    return data.ask(account, METRICS[metric], wanted)
