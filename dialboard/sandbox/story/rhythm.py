"""When things happen: office hours, weekdays, growth and good and bad days, as one cumulative curve.

The N records of an account are spread along the curve: record k sits at (k + a little chance) / N of its height. So
its time depends on k alone, the records are in order of time, and the account goes on after `now` at the same pace.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime

HOUR_S = 3600
DAY_S = 86400
_DAYS_AHEAD = 400

# UTC hours; the customers are in North America, so the day begins at 13:00 UTC and ebbs after midnight.
_OFFICE = (7, 4, 2, 1, 0.5, 0.3, 0.2, 0.2, 0.3, 0.6, 1.5, 4, 11, 24, 33, 36, 35, 34, 38, 37, 35, 30, 20, 12)
# Monday to Sunday
_WEEK = (1.12, 1.06, 1.02, 1.0, 0.94, 0.42, 0.26)


class Rhythm:
    """The curve from the first of `days` days before `now` on. `chance(i)` is between 0 and 1, always the same."""

    def __init__(self, now: datetime, days: int, count: int, chance: Callable[[int], float]) -> None:
        self.now_s = int(now.timestamp())
        self.first_day = self.now_s // DAY_S - days
        self.count = count
        self._days = days
        self._chance = chance
        self._heights = self._curve()
        self._start_s = self.first_day * DAY_S
        # One record's share of the curve's height.
        self._step = self._height(self.now_s) / count if count else float("inf")

    def _curve(self) -> list[float]:
        heights, height = [0.0], 0.0
        for day in range(self._days + 1 + _DAYS_AHEAD):
            weight = self._day_weight(day)
            for hour in range(24):
                height += weight * _OFFICE[hour] * (0.85 + 0.3 * self._chance(day * 24 + hour))
                heights.append(height)
        return heights

    def _day_weight(self, day: int) -> float:
        growth = 1 + 0.5 * min(day / max(self._days, 1), 1.5)
        weekday = (self.first_day + day + 3) % 7  # 1970-01-01 was a Thursday
        return growth * _WEEK[weekday] * (0.88 + 0.24 * self._chance(-1 - day))

    def _height(self, at_s: float) -> float:
        hours = (at_s - self._start_s) / HOUR_S
        hour = min(max(int(hours), 0), len(self._heights) - 2)
        low, high = self._heights[hour], self._heights[hour + 1]
        return low + (high - low) * min(max(hours - hour, 0.0), 1.0)

    def at_s(self, number: int, chance: float) -> int:
        """Unix seconds of record `number`, given its chance of 0..1."""
        height = (number + 0.05 + 0.9 * chance) * self._step
        hour = bisect_right(self._heights, height) - 1
        if hour + 1 >= len(self._heights):
            return self._start_s + (len(self._heights) - 1) * HOUR_S
        low, high = self._heights[hour], self._heights[hour + 1]
        return int(self._start_s + (hour + (height - low) / (high - low)) * HOUR_S)

    def first_from(self, at_s: int) -> int:
        """A number at or a little before that of the first record at or after that second."""
        return max(int(self._height(at_s) / self._step) - 1, 0) if self.count else 0


def day_of(at_s: int) -> int:
    return at_s // DAY_S


def utc(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
