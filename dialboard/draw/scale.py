"""From values to heights: what the axis spans, and the round numbers that are written beside it."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

Value = int | float | Decimal | None

_SMALLEST = 1e-9  # money has 8 places, so nothing differs below
# Lengths of time that people count in; longer ones are whole days.
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def known(values: Iterable[Value]) -> list[float | None]:
    """The values as floats; what is not a finite number is not known."""
    return [None if value is None or not math.isfinite(value) else float(value) for value in values]


def bounds(values: Iterable[float | None], from_zero: bool = False, ceiling: float = math.inf) -> tuple[float, float]:
    """The lowest and the highest value to show; 0 and 1 when there is none.

    Nought belongs to it when it is near: a curve of 100 to 300 calls stands on it. A rate that moves between 95 and 97
    would be a flat line then, so that one gets its own range, of a tenth of its size at least: noise shall not look
    like an event. No room is made above the `ceiling` (100 of a share) unless a value is there already.
    """
    found = [0.0 if abs(value) < _SMALLEST else value for value in values if value is not None]
    if not found:
        return 0.0, 1.0
    low, high = min(found), max(found)
    if from_zero or low <= 0 <= high or _is_near_zero(low, high):
        low, high = min(low, 0.0), max(high, 0.0)
        return (low, high) if high - low > _SMALLEST else (0.0, 1.0)
    room = max(0.0, max(abs(low), abs(high)) / 10 - (high - low)) / 2
    above = max(0.0, min(room, ceiling - high))
    return low - (2 * room - above), high + above


def ticks(low: float, high: float, unit: str = "", whole: bool = False, most: int = 4) -> list[float]:
    """Round numbers at equal distances, from the last at or below `low` to the first at or above `high`.

    `whole` keeps them whole, as half a call is nothing to write beside an axis.
    """
    step = _step((high - low) / most, unit, whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, max(last, first + 1) + 1)]


def spread(count: int, most: int) -> list[int]:
    """Places out of `count`, the first and the last among them, `most` at most and as even as they go."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})


def runs(values: Sequence[float | None]) -> list[range]:
    """The stretches without a gap, as places."""
    found, start = [], None
    for place, value in enumerate([*values, None]):
        if value is not None and start is None:
            start = place
        elif value is None and start is not None:
            found.append(range(start, place))
            start = None
    return found


def _is_near_zero(low: float, high: float) -> bool:
    return min(abs(low), abs(high)) < max(abs(low), abs(high)) / 2


def _step(least: float, unit: str, whole: bool) -> float:
    """The smallest round number of at least that size. All those below 100 divide it, so a share ends there."""
    if unit == "seconds" and least > 1:
        return next((float(step) for step in _SECONDS if step >= least), math.ceil(least / 86400) * 86400.0)
    least = max(least, 1.0) if whole else least
    power = 10.0 ** math.floor(math.log10(least))
    factors = (1, 2, 5, 10, 20) if whole else (1, 2, 2.5, 5, 10, 20)
    return next(factor * power for factor in factors if factor * power >= least)
