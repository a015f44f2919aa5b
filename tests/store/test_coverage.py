from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialboard.shapes.row import Span
from dialboard.store.coverage import merged

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def span(first: int, length: int) -> Span:
    return Span(BEGIN + timedelta(hours=first), BEGIN + timedelta(hours=first + length))


def hours(spans: list[Span]) -> set[int]:
    found = set()
    for each in spans:
        first = (each.from_ - BEGIN) // timedelta(hours=1)
        found |= set(range(first, first + (each.until - each.from_) // timedelta(hours=1)))
    return found


@given(st.lists(st.builds(span, st.integers(0, 40), st.integers(1, 8))))
def test_merged_spans_are_the_same_time_apart_and_in_order(spans: list[Span]) -> None:
    found = merged(spans)
    assert hours(found) == hours(spans)
    assert all(one.until < other.from_ for one, other in pairwise(found))
