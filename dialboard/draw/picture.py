"""Series -> a still picture: for mail, and for a board before its scripts run."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

from dialboard.draw.plot import SIZE, Axes, Curve, bars, line
from dialboard.draw.scale import known
from dialboard.draw.svg import PAGE, Palette
from dialboard.shapes.money import looks
from dialboard.shapes.question import Grain
from dialboard.shapes.series import Number, Series

MOST_SERIES = 6  # as many colours as there are to tell apart

Key = tuple[tuple[str, str | None], ...]
Buckets = dict[date | datetime, dict[Key, Number | None]]


def picture(
    series: Series,
    kind: Literal["line", "area", "bar"] = "line",
    *,
    adding: bool = False,
    title: str | None = None,
    size: tuple[float, float] = SIZE,
    palette: Palette = PAGE,
) -> str:
    """The series over its time as lines, a filled line or bars, with labelled axes; dashed what it is compared with.

    A split shows its six largest. `adding` says that parts may be added, as counts and sums may and rates may not: then
    bars and areas are stacked and the sixth is all the rest together. Without a title it is hidden from screen readers.
    """
    buckets = _buckets(series)
    axes = Axes([when(at, series.by) for at in buckets], _words(series), series.unit, _is_whole(series))
    curves = _parts(series, buckets, adding) if series.split else _whole(series, buckets, kind)
    # Bars of parts that may not be added have nothing to stand on: they are lines.
    # The period before is beside an area, and is never stacked on it.
    if (kind == "bar" and (adding or len(curves) == 1)) or (kind == "area" and adding and series.split):
        return bars(curves, axes, title=title, size=size, palette=palette)
    return line(curves, axes, filled=kind == "area" and not series.split, title=title, size=size, palette=palette)


def when(at: date | datetime, by: Grain | None) -> str:
    """The bucket in as few letters as an axis has room for: 14:00 · 3 Nov · Nov 2026 · 2026."""
    if isinstance(at, datetime):
        return f"{at.day} {at:%b}" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
    if by in (Grain.MONTH, Grain.QUARTER):
        return f"{at:%b %Y}"
    return f"{at:%Y}" if by is Grain.YEAR else f"{at.day} {at:%b}"


def _buckets(series: Series) -> Buckets:
    found: Buckets = {}
    for point in series.points:
        found.setdefault(point.at, {})[tuple(point.dimensions.items())] = point.value
    return found


def _whole(series: Series, buckets: Buckets, kind: str) -> list[Curve]:
    """The series, and beside it the period before, bucket for bucket, as far as it goes."""
    now = Curve(series.title, [next(iter(values.values())) for values in buckets.values()], 1)
    if kind == "bar" or series.previous is None or series.previous.split:
        return [now]
    before = [point.value for point in series.previous.points][: len(buckets)]
    return [now, Curve("before", before, 0)] if any(value is not None for value in before) else [now]


def _parts(series: Series, buckets: Buckets, adding: bool) -> list[Curve]:
    keys = [tuple(total.dimensions.items()) for total in series.totals]
    shown = keys if len(keys) <= MOST_SERIES else keys[: MOST_SERIES - adding]
    curves = [
        Curve(" · ".join(text or "—" for _, text in key), [values.get(key) for values in buckets.values()], place)
        for place, key in enumerate(shown, 1)
    ]
    if len(shown) == len(keys) or not adding:
        return curves
    rest = keys[len(shown) :]
    return [*curves, Curve(f"{len(rest)} others", [_sum(values, rest) for values in buckets.values()], MOST_SERIES)]


def _sum(values: dict[Key, Number | None], keys: list[Key]) -> float | None:
    found = [value for value in known(values.get(key) for key in keys) if value is not None]
    return sum(found) if found else None


def _words(series: Series) -> Callable[[float], str]:
    return lambda value: looks(value, series.unit, series.currency, compact=True)


def _is_whole(series: Series) -> bool:
    """Whether every value is: then no tick is half a call."""
    if series.unit in ("%", "currency", "seconds"):
        return False
    return all(value is None or value.is_integer() for value in known(point.value for point in series.points))
