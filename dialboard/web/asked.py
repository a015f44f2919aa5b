"""What a page was asked to show: the period and whether it is compared, read from the address so that any view can be
pasted into a message."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from msgspec import Struct

from dialboard.errors import UsageError
from dialboard.measure.period import Period, between, named
from dialboard.shapes.metric import Metric
from dialboard.shapes.question import Grain

# With today in it: what arrives now is seen to arrive. A command asks for whole days unless it is told otherwise.
DEFAULT = "past_30_days"
PERIODS = {
    "past_30_days": "30 days to now",
    "today": "Today",
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 days",
    "last_30_days": "Last 30 days",
    "last_90_days": "Last 90 days",
    "this_month": "This month",
    "last_month": "Last month",
    "this_year": "This year",
    "last_12_months": "Last 12 months",
}


class Asked(Struct, frozen=True, kw_only=True):
    period: Period
    compare: bool
    now: datetime
    whole: bool = False  # with all tiles in it, for a reader without scripts
    problem: str = ""  # a sentence when the address could not be understood and the default is shown

    @property
    def title(self) -> str:
        """Last 30 days; 3 Oct - 9 Nov 2026."""
        if self.period.name:
            return PERIODS.get(self.period.name, self.period.name.replace("_", " ").capitalize())
        return self.days

    @property
    def days(self) -> str:
        """3 Oct – 9 Nov 2026."""
        return days_in_words(self.period.first, self.period.end - timedelta(days=1))

    @property
    def first_day(self) -> str:
        return self.period.first.isoformat()

    @property
    def last_day(self) -> str:
        return (self.period.end - timedelta(days=1)).isoformat()

    @property
    def query(self) -> str:
        return self.query_with()

    def query_with(self, *, range_: str | None = None, compare: bool | None = None) -> str:
        """The part of an address behind the "?", with one thing changed."""
        wanted: dict[str, str] = {}
        if range_ or self.period.name:
            wanted["range"] = range_ or self.period.name or DEFAULT
        else:
            wanted |= {"from": self.first_day, "to": self.last_day}
        if not (self.compare if compare is None else compare):
            wanted["compare"] = "no"
        return urlencode(wanted)

    def grain(self, metric: Metric, wanted: str = "") -> Grain:
        """The buckets that draw well: at most about a hundred. Longer than wished where the wish would be thousands."""
        days = (self.period.end - self.period.first).days
        grain = next(grain for limit, grain in _GRAINS if days <= limit)
        if wanted and _ORDER.index(Grain(wanted)) > _ORDER.index(grain):
            grain = Grain(wanted)
        return Grain.DAY if grain is Grain.HOUR and metric.measure.zone else grain


_GRAINS = ((2, Grain.HOUR), (93, Grain.DAY), (400, Grain.WEEK), (10**6, Grain.MONTH))
_ORDER = list(Grain)


def read(request: HttpRequest, zone: str, now: datetime | None = None) -> Asked:
    """The default period, with a sentence, when the address names one that does not exist."""
    now = now or datetime.now(UTC)
    problem = ""
    try:
        period = _period(request, zone, now)
    except UsageError as error:
        period, problem = named(DEFAULT, zone, now), error.sentence
    compare, whole = request.GET.get("compare") != "no", "whole" in request.GET
    return Asked(period=period, compare=compare, now=now, whole=whole, problem=problem)


def _period(request: HttpRequest, zone: str, now: datetime) -> Period:
    first, last = request.GET.get("from", "").strip(), request.GET.get("to", "").strip()
    if not first and not last:
        wanted = request.GET.get("range", DEFAULT)
        if wanted not in PERIODS and not re.fullmatch(r"(last|past)_[1-9]\d{0,3}_days", wanted):
            raise UsageError(f"There is no period called {wanted[:40]!r}, so these are the 30 days to now.")
        return named(wanted, zone, now)
    begin, end = _day("From", first), _day("To", last)
    if end < begin:
        raise UsageError("The last day is before the first, so these are the 30 days to now. Swap the two days.")
    try:
        return between(begin, end + timedelta(days=1), zone)
    except (UsageError, OverflowError) as error:
        raise UsageError("Those days are too far away, so these are the 30 days to now.") from error


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = f"{text[:20]!r} is no day" if text else "is missing"
        raise UsageError(f"{field}: {said}, so these are the 30 days to now. Write days like 2026-11-24.") from None


def days_in_words(first: date, last: date) -> str:
    """9 Nov 2026; 3–9 Nov 2026; 28 Oct – 9 Nov 2026."""
    end = f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    return f"{first.day} {first:%b}{f' {first.year}' if first.year != last.year else ''} – {end}"
