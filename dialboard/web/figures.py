"""A series as a page shows it: its value in words, how it changed, its columns and what is missing, said so."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from dialboard.measure.compare import change, change_of
from dialboard.measure.library import METRICS
from dialboard.shapes.metric import Metric
from dialboard.shapes.money import NOTHING, looks
from dialboard.shapes.question import Aggregation, Grain
from dialboard.shapes.row import Span
from dialboard.shapes.series import Change, Number, Series
from dialboard.shapes.tracker import EVENTS
from dialboard.web.asked import Asked, days_in_words
from dialboard.web.words import readable

MOST_SERIES = 6  # as many colours as there are to tell apart
MOST_BARS = 8  # of a breakdown


class Chip(Struct, frozen=True):
    """How it changed: an arrow, words and a colour, so that none of them has to be seen alone."""

    icon: str  # "up", "down", "level"
    text: str
    tone: str  # "good", "bad", ""
    word: str  # for screen readers: "up 12 %, which is good"


class Column(Struct, frozen=True):
    """One line, or one colour of a stack."""

    name: str
    swatch: int  # 1 to 6; 0 for the comparison


class Cell(Struct, frozen=True):
    value: str  # as a script reads it; "" when there is none
    text: str


class Line(Struct, frozen=True):
    at: str
    label: str
    cells: list[Cell]


class Bar(Struct, frozen=True):
    name: str
    text: str
    share: str  # of the longest, in percent with one place: for an attribute
    part: str  # of the whole, in words; "" where parts of it make no sense
    chip: Chip | None


def value(series: Series, number: Number | None, compact: bool = False) -> str:
    return looks(number, series.unit, series.currency, compact)


def total(series: Series) -> str:
    return value(series, series.total, compact=_is_long(series))


def _is_long(series: Series) -> bool:
    return series.total is not None and abs(float(series.total)) >= 10_000_000


def chip(series: Series, asked: Asked) -> Chip | None:
    """None when the two periods cannot be compared."""
    return _chip(change(series, asked.now), series.unit)


def _chip(found: Change | None, unit: str) -> Chip | None:
    if found is None:
        return None
    if found.absolute == 0:
        return Chip("level", "no change", "", "no change")
    up = found.absolute > 0
    size = _size(found, unit)
    tone = {True: "good", False: "bad", None: ""}[found.is_good]
    verdict = {"good": ", which is good", "bad": ", which is not good", "": ""}[tone]
    return Chip("up" if up else "down", size, tone, f"{'up' if up else 'down'} {size}{verdict}")


def _size(found: Change, unit: str) -> str:
    """A share changes by points, everything else by a percentage; from nothing there is no percentage."""
    if unit == "%":
        return looks(abs(float(found.absolute)), "points")
    if found.percent is None:
        return "from 0"
    return looks(min(abs(found.percent), 9999), "%") if abs(found.percent) < 1000 else "over 10×"


def before(series: Series) -> str:
    """The value it is compared with; "" without one."""
    return value(series, series.previous.total) if series.previous and series.previous.total is not None else ""


def time_before(asked: Asked) -> str:
    """in the 30 days before; yesterday by this time."""
    days = (asked.period.end - asked.period.first).days
    known = _TIMES_BEFORE.get(asked.period.name or "")
    return known or ("the day before" if days == 1 else f"in the {days} days before")


_TIMES_BEFORE = {
    "today": "yesterday by this time",
    "yesterday": "the day before",
    "this_month": "last month by this day",
    "last_month": "the month before",
    "this_year": "last year by this day",
    "last_12_months": "in the 12 months before",
}


def adds_up(metric: Metric) -> bool:
    """Whether the parts of a split may be added: of counts and sums, never of rates, averages or distinct people."""
    return metric.over is None and metric.measure.aggregate.kind in (Aggregation.COUNT, Aggregation.SUM)


def columns(series: Series, asked: Asked, adding: bool = True) -> list[Column]:
    """The series themselves, largest first, and the period before when it is compared without a split."""
    if not series.totals:
        found = [Column(series.title, 1)]
        return [*found, Column(_capital(time_before(asked)), 0)] if _is_compared(series) else found
    names = [_name(one.dimensions) for one in series.totals]
    if len(names) <= MOST_SERIES or not adding:
        return [Column(name, place) for place, name in enumerate(names[:MOST_SERIES], 1)]
    kept = [Column(name, place) for place, name in enumerate(names[: MOST_SERIES - 1], 1)]
    return [*kept, Column(f"{len(names) - len(kept)} others", MOST_SERIES)]


def _is_compared(series: Series) -> bool:
    """Whether the period before is drawn: a split has no room for it, and of nothing there is no line."""
    return bool(series.previous and series.previous.total is not None and not series.totals)


def _capital(words: str) -> str:
    words = words.removeprefix("in ")
    return words[:1].upper() + words[1:]


def lines(series: Series, adding: bool = True) -> list[Line]:
    """One for each bucket, in the order of the columns. Each is what the table shows and what the chart draws."""
    by_time = _by_time(series)
    before = [point.value for point in series.previous.points] if series.previous and _is_compared(series) else None
    found = []
    for place, (at, values) in enumerate(by_time.items()):
        shown = _with_others(values, adding)
        if before is not None:
            shown.append(before[place] if place < len(before) else None)
        found.append(Line(at.isoformat(), _label(at, series.by), [_cell(series, one) for one in shown]))
    return found


def _by_time(series: Series) -> dict[date | datetime, list[Number | None]]:
    """The values of each bucket, in the order of the totals."""
    order = {tuple(one.dimensions.items()): place for place, one in enumerate(series.totals)}
    found: dict[date | datetime, list[Number | None]] = {}
    for point in series.points:
        values = found.setdefault(point.at, [None] * max(1, len(order)))
        values[order.get(tuple(point.dimensions.items()), 0)] = point.value
    return found


def _with_others(values: list[Number | None], adding: bool) -> list[Number | None]:
    if len(values) <= MOST_SERIES or not adding:
        return values[:MOST_SERIES]
    rest = [one for one in values[MOST_SERIES - 1 :] if one is not None]
    return [*values[: MOST_SERIES - 1], sum(float(one) for one in rest) if rest else None]


def _cell(series: Series, number: Number | None) -> Cell:
    return Cell("" if number is None else f"{float(number):.6g}", value(series, number))


def _label(at: date | datetime, by: Grain | None) -> str:
    if isinstance(at, datetime):
        return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
    if by in (Grain.MONTH, Grain.QUARTER):
        return f"{at:%b %Y}"
    if by is Grain.YEAR:
        return f"{at:%Y}"
    return f"{'week of ' if by is Grain.WEEK else ''}{at:%a} {at.day} {at:%b %Y}"


def bars(series: Series, adding: bool = True, whole: Series | None = None) -> list[Bar]:
    """The largest values of a split; what is left over is told by `left_over`. Shares are those of the whole, which is
    the series' own total unless it is given."""
    known = [one for one in series.totals if one.value is not None][:MOST_BARS]
    longest = max((abs(float(one.value or 0)) for one in known), default=0.0) or 1.0
    all_of_it = (whole or series).total
    hundred = float(all_of_it) if all_of_it and adding else 0.0
    before = {tuple(one.dimensions.items()): one.value for one in series.previous.totals} if series.previous else {}
    return [
        Bar(
            name=_name(one.dimensions),
            text=value(series, one.value),
            share=f"{abs(float(one.value or 0)) / longest * 100:.1f}",
            part=looks(float(one.value or 0) / hundred * 100, "%") if hundred else "",
            chip=_bar_chip(series, one.value, before.get(tuple(one.dimensions.items()))),
        )
        for one in known
    ]


def _bar_chip(series: Series, now: Number | None, before: Number | None) -> Chip | None:
    if now is None or not before:
        return None
    return _chip(change_of(now, before, "neutral"), series.unit)


def left_over(series: Series) -> int:
    return max(0, sum(one.value is not None for one in series.totals) - MOST_BARS)


def _name(dimensions: dict[str, str | None]) -> str:
    """The texts of a combination as people read them."""
    return " · ".join(readable(field, text) for field, text in dimensions.items()) or NOTHING


def gaps_in_words(series: Series, asked: Asked) -> str:
    """What of the past is not here: "4–9 Nov 2026 is not here yet"; "" when all is here."""
    past = _past_gaps(series, asked)
    if not past:
        return ""
    if _is_told(series):
        return _before_tracking(past, series, asked)
    if series.total is None:
        return "Nothing of this period is here yet."
    said = [_days(gap, series.zone) for gap in past[:3]]
    left = len(past) - 3
    more = f" and {left} more stretch{'es' if left > 1 else ''}" if left > 0 else ""
    verb = "is" if len(past) == 1 else "are"
    return f"{', '.join(said)}{more} {verb} not here yet; the figures are of the rest."


def gaps_in_short(series: Series, asked: Asked) -> str:
    """The same for a place of two short lines: "4 of 30 days are here"."""
    days = round((min(series.span.until, asked.now) - series.span.from_) / timedelta(days=1))
    missing = round(sum((gap.until - gap.from_ for gap in _past_gaps(series, asked)), timedelta()) / timedelta(days=1))
    if _is_told(series) or series.total is None or not 0 < missing < days:
        return gaps_in_words(series, asked)
    return f"{days - missing} of {days} days {'is' if days - missing == 1 else 'are'} here"


def _past_gaps(series: Series, asked: Asked) -> list[Span]:
    past = [Span(gap.from_, min(gap.until, asked.now)) for gap in series.gaps if gap.from_ < asked.now]
    # The newest minutes are always on their way.
    return [gap for gap in past if gap.until - gap.from_ > timedelta(hours=2)]


def _is_told(series: Series) -> bool:
    """Whether it is about what senders told us, which no sync brings later."""
    metric = METRICS.get(series.metric)
    return metric is not None and metric.measure.resource == EVENTS.name


def _before_tracking(past: Sequence[Span], series: Series, asked: Asked) -> str:
    if past[-1].until >= min(series.span.until, asked.now):
        return "Nothing was tracked yet in this period."
    begin = past[-1].until.astimezone(ZoneInfo(series.zone))
    return f"Tracking began on {days_in_words(begin.date(), begin.date())}."


def _days(gap: Span, zone: str) -> str:
    tz = ZoneInfo(zone)
    first, last = gap.from_.astimezone(tz), (gap.until - timedelta(seconds=1)).astimezone(tz)
    if gap.until - gap.from_ < timedelta(hours=23):
        return f"{first.day} {first:%b}, {first:%H:%M}–{last:%H:%M}"
    return days_in_words(first.date(), last.date())


def sentence(series: Series, asked: Asked) -> str:
    """The chart in one sentence, for those who do not see it."""
    said = f"{series.title}, {asked.title.lower()}: {value(series, series.total)}"
    if found := chip(series, asked):
        said += f", {found.word}; it was {before(series)} {time_before(asked)}"
    return said + "."


def spark_values(series: Series) -> Sequence[float | None]:
    """One number a bucket for the small curve; a split is added up."""
    found = []
    for values in _by_time(series).values():
        known = [float(one) for one in values if one is not None]
        found.append(sum(known) if known else None)
    return found
