"""The stretch of time that is asked about, in days of a zone; here alone is time local.

today · yesterday                       today runs to midnight: what is not here yet is a gap
last_7_days · last_30_days · ...        whole days, ending yesterday; any number of days
past_7_days · past_30_days · ...        as many days, the last of which is today
this_week · this_month · this_quarter · this_year      from its first day to the end of today
last_week · last_month · last_quarter · last_year      whole
last_12_months                          twelve whole months, ending with the last one
all_time                                from the first day that is held to the end of today
"""

import contextlib
import difflib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from dialboard.errors import UsageError
from dialboard.shapes.row import Span

DEFAULT = "last_30_days"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
DAY = timedelta(days=1)


class Period(Struct, frozen=True):
    """From included, until excluded; both UTC, aware, and midnights of the zone unless a comparison was cut short."""

    from_: datetime
    until: datetime
    zone: str
    name: str | None = None  # "last_30_days"; None when it was given by its days

    @property
    def span(self) -> Span:
        return Span(self.from_, self.until)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def first(self) -> date:
        """The first day, in the zone."""
        return _local_day(self.from_, self.zone)

    @property
    def end(self) -> date:
        """The first day that is not asked about any more, in the zone."""
        local = self.until.astimezone(self.tz)
        return local.date() if midnight(local.date(), self.zone) == self.until else local.date() + DAY


def named(name: str, zone: str, now: datetime) -> Period:
    """The period of that name as it is at `now`. UsageError lists the names there are."""
    check_zone(zone)
    today = _local_day(now, zone)
    name = _ALIASES.get(name, name)
    if name in _NAMED:
        first, end = _NAMED[name](today)
    elif days := _number_of_days(name):
        end = today + DAY if name.startswith("past") else today
        first = end - days * DAY
    else:
        raise UsageError(f"--range {name!r}: there is no such range; there is {', '.join(NAMES)}.")
    return _of_days(first, end, zone, name)


def between(first: date, until: date, zone: str) -> Period:
    """From the day `first` (included) until the day `until` (excluded), in the zone. UsageError when that is empty."""
    check_zone(zone)
    _check_day("--from", first)
    _check_day("--until", until)
    if first >= until:
        raise UsageError(f"--until {until} is not after --from {first}: that day is not in the range any more.")
    return _of_days(first, until, zone, None)


def chosen(range_: str | None, from_: str | None, until: str | None, zone: str, now: datetime) -> Period:
    """The period of a command's options: a range, or two days; last_30_days without any. An empty text is no day."""
    if range_ is not None and (from_ is not None or until is not None):
        raise UsageError("--range and --from/--until exclude each other: give one or the other.")
    if from_ is not None and until is not None:
        return between(day("--from", from_), day("--until", until), zone)
    if from_ is not None or until is not None:
        missing = "--from" if from_ is None else "--until"
        raise UsageError(f"{missing} is missing: --from and --until go together.")
    return named(DEFAULT if range_ is None else range_, zone, now)


def day(option: str, text: str) -> date:
    """The day that was written YYYY-MM-DD. UsageError names the option."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        with contextlib.suppress(ValueError):
            found = date.fromisoformat(text)
            _check_day(option, found)
            return found
    raise UsageError(f"{option} {text!r}: expected a day such as 2026-11-24.")


def _check_day(option: str, day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise UsageError(f"{option} {day}: expected a day from {EARLIEST} to {LATEST}.")


def check_zone(zone: str) -> None:
    """UsageError, with the nearest names, when the time zone database has no such zone."""
    if zone in _zones():
        return
    by_lower_case = {known.lower(): known for known in _zones()}
    near = difflib.get_close_matches(zone.lower(), by_lower_case, n=3)
    meant = f" Did you mean {' or '.join(by_lower_case[name] for name in near)}?" if near else ""
    raise UsageError(f"--zone {zone!r}: there is no such time zone; expected a name such as Europe/Berlin.{meant}")


def in_zone(period: Period, zone: str | None) -> Period:
    """The same days in another zone; the period itself when `zone` is None."""
    if zone is None or zone == period.zone:
        return period
    return _of_days(period.first, period.end, zone, period.name)


def beginning(period: Period, instant: datetime) -> Period:
    """The same, from the day of `instant` on (all_time begins where something is held)."""
    first = midnight(_local_day(instant, period.zone), period.zone)
    latest = midnight(period.end - DAY, period.zone)
    return Period(min(max(first, period.from_), latest), period.until, period.zone, period.name)


def previous(period: Period, now: datetime) -> Period | None:
    """What the period is compared with; None for all_time.

    Calendar periods are compared with the one before (last_month with the whole month before it; this_month with the
    same days of the month before, as many as it has), everything else with as many days directly before. A period that
    is not over is compared up to the same time of day: nine o'clock with nine o'clock.
    """
    if period.name == "all_time":
        return None
    back = _step_back(period)
    until = min(midnight(back(period.end), period.zone), period.from_)
    if period.from_ < now < period.until:
        local = now.astimezone(period.tz)
        until = min(until, _instant(back(local.date()), local, period.zone))
    return Period(midnight(back(period.first), period.zone), until, period.zone)


def midnight(day: date, zone: str) -> datetime:
    """The first instant of the day in the zone, in UTC.

    Where the clocks go forward at midnight there is no 00:00: fold=0 reads it with the offset before the change, and
    that is the instant of the change, 01:00.
    """
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later; where that month is too short, the first of the one after."""
    count = day.year * 12 + day.month - 1 + months
    try:
        return date(count // 12, count % 12 + 1, day.day)
    except ValueError:
        return date((count + 1) // 12, (count + 1) % 12 + 1, 1)


def monday(day: date) -> date:
    return day - day.weekday() * DAY


def first_of_quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _instant(day: date, clock: datetime, zone: str) -> datetime:
    return datetime.combine(day, clock.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def _of_days(first: date, end: date, zone: str, name: str | None) -> Period:
    return Period(midnight(first, zone), midnight(end, zone), zone, name)


def _number_of_days(name: str) -> int:
    """N of last_N_days and past_N_days, up to ten years; 0 when it is not such a name."""
    found = re.fullmatch(r"(?:last|past)_([1-9]\d{0,3})_days", name)
    days = int(found[1]) if found else 0
    return days if days <= 3660 else 0


def _step_back(period: Period) -> Callable[[date], date]:
    """Which day of the period before a day is compared with."""
    if months := _MONTHS.get(period.name or ""):
        return lambda day: months_later(day, -months)
    days = 7 if period.name in ("this_week", "last_week") else (period.end - period.first).days
    return lambda day: day - days * DAY


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


_NAMED: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today + DAY),
    "yesterday": lambda today: (today - DAY, today),
    "this_week": lambda today: (monday(today), today + DAY),
    "last_week": lambda today: (monday(today) - 7 * DAY, monday(today)),
    "this_month": lambda today: (today.replace(day=1), today + DAY),
    "last_month": lambda today: (months_later(today.replace(day=1), -1), today.replace(day=1)),
    "this_quarter": lambda today: (first_of_quarter(today), today + DAY),
    "last_quarter": lambda today: (months_later(first_of_quarter(today), -3), first_of_quarter(today)),
    "this_year": lambda today: (date(today.year, 1, 1), today + DAY),
    "last_year": lambda today: (date(today.year - 1, 1, 1), date(today.year, 1, 1)),
    "last_12_months": lambda today: (months_later(today.replace(day=1), -12), today.replace(day=1)),
    "all_time": lambda today: (EARLIEST, today + DAY),
}
_ALIASES = {
    "week_to_date": "this_week",
    "month_to_date": "this_month",
    "quarter_to_date": "this_quarter",
    "year_to_date": "this_year",
}
_MONTHS = {
    "this_month": 1,
    "last_month": 1,
    "this_quarter": 3,
    "last_quarter": 3,
    "this_year": 12,
    "last_year": 12,
    "last_12_months": 12,
}
NAMES = ("today", "yesterday", "last_7_days", "last_30_days", "last_90_days", "past_30_days", *list(_NAMED)[2:])
