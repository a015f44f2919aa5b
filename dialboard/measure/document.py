"""A series as the one JSON document that `dialboard query` and the pages' data addresses answer with."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dialboard.measure.period import midnight
from dialboard.shapes.row import Span
from dialboard.shapes.series import Number, Series


def document(series: Series) -> dict[str, Any]:
    """The series in plain values: texts, numbers, lists.

    Days are `2026-11-24`, instants `2026-11-24T13:00:00-05:00` in the series' zone. `from` and `until` are days unless
    a comparison was cut short; gaps are instants. Amounts are Decimals without trailing zeros, at most 8 places.
    """
    tz = ZoneInfo(series.zone)
    written: dict[str, Any] = {
        "metric": series.metric,
        "unit": series.unit,
        "currency": series.currency,
        "zone": series.zone,
        "from": _day_or_time(series.span.from_, tz),
        "until": _day_or_time(series.span.until, tz),
        "by": series.by.value if series.by else None,
        "buckets": [
            {"at": _at(point.at, tz), "dimensions": point.dimensions, "value": _plain(point.value)}
            for point in series.points
        ],
        "total": _plain(series.total),
        "gaps": [_gap(gap, tz) for gap in series.gaps],
    }
    if series.split:
        written["totals"] = [{"dimensions": one.dimensions, "value": _plain(one.value)} for one in series.totals]
    if series.previous:
        written["previous"] = document(series.previous)
    return written


def encode(written: dict[str, Any]) -> bytes:
    """The document as JSON. Amounts are numbers, digit for digit, never in powers of ten and never texts."""
    return msgspec.json.encode(_exact(written))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_exact(one) for one in value]
    return msgspec.Raw(f"{value:f}".encode()) if isinstance(value, Decimal) else value


def _plain(value: Number | None) -> Number | None:
    """An amount without the zeros at its end: 184.2, not 184.20000000; 100, not 1E+2."""
    if not isinstance(value, Decimal):
        return value
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def _gap(gap: Span, tz: ZoneInfo) -> dict[str, str]:
    return {"from": gap.from_.astimezone(tz).isoformat(), "until": gap.until.astimezone(tz).isoformat()}


def _at(at: date | datetime, tz: ZoneInfo) -> str:
    return at.astimezone(tz).isoformat() if isinstance(at, datetime) else at.isoformat()


def _day_or_time(instant: datetime, tz: ZoneInfo) -> str:
    local = instant.astimezone(tz)
    return local.date().isoformat() if midnight(local.date(), tz.key) == instant else local.isoformat()
