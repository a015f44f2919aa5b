from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.errors import StoreError
from dialboard.shapes.row import Span
from dialboard.store.zone import find_zone, pieces, to_us

ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia"]


@given(
    zone=st.sampled_from(ZONES),
    begin=st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.integers(1, 1500),
    share=st.floats(0, 1, exclude_max=True),
)
def test_the_pieces_tell_what_the_zone_tells(zone: str, begin: datetime, days: int, share: float) -> None:
    span = Span(begin, begin + timedelta(days=days))
    at = begin + timedelta(seconds=int(days * 86_400 * share))
    known = [piece for piece in pieces(zone, span) if piece.start_us <= to_us(at)]
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert known[-1].offset_us == offset // timedelta(microseconds=1)


def test_a_year_in_berlin_has_two_turns() -> None:
    year = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    turns = [piece.start_us for piece in pieces("Europe/Berlin", year)[1:]]
    assert turns == [to_us(datetime(2026, 3, 29, 1, tzinfo=UTC)), to_us(datetime(2026, 10, 25, 1, tzinfo=UTC))]


def test_a_zone_without_turns_is_one_piece() -> None:
    assert len(pieces("Asia/Kathmandu", Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))) == 1


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "\0"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(StoreError, match="no time zone"):
        find_zone(name)
