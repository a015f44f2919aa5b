"""How the series stands to the period before."""

from datetime import datetime, timedelta
from decimal import Decimal

from dialboard.shapes.row import Span
from dialboard.shapes.series import Change, Number, Series

# A sync runs every few minutes, so the newest minutes of a running period are always missing.
MOST_MISSING = 0.02


def change(series: Series, now: datetime) -> Change | None:
    """How the total changed; None when the two cannot be compared.

    That is: no comparison was asked for, one of them has no value, they are in different currencies, or more than a
    fiftieth of one of the periods, as far as it is past, is not held.
    """
    before = series.previous
    if before is None or series.total is None or before.total is None or series.currency != before.currency:
        return None
    if _missing(series, now) > MOST_MISSING or _missing(before, now) > MOST_MISSING:
        return None
    return change_of(series.total, before.total, series.favourable)


def change_of(value: Number, before: Number, favourable: str) -> Change:
    """How one value stands to another: what went up is good where `favourable` is "up"."""
    absolute = _difference(value, before)
    percent = float(absolute) * 100 / abs(float(before)) if before else None
    if absolute == 0 or favourable == "neutral":
        return Change(absolute, percent, None)
    return Change(absolute, percent, (absolute > 0) == (favourable == "up"))


def _difference(value: Number, before: Number) -> Number:
    if isinstance(value, Decimal) and isinstance(before, Decimal | int):
        return value - before
    if isinstance(before, Decimal) and isinstance(value, int):
        return value - before
    return float(value) - float(before) if isinstance(value, Decimal) or isinstance(before, Decimal) else value - before


def _missing(series: Series, now: datetime) -> float:
    """The share of the series' past that is not held."""
    past = Span(series.span.from_, min(series.span.until, now))
    lengths = [min(gap.until, past.until) - gap.from_ for gap in series.gaps if gap.from_ < past.until]
    whole = past.until - past.from_
    return sum(lengths, timedelta(0)) / whole if whole > timedelta(0) else 0.0
