from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.shapes.times import read_time, write_iso, write_rfc2822

AT = datetime(2019, 10, 18, 17, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 18 Oct 2019 17:00:05 +0000",
        "Fri, 18 Oct 2019 17:00:05 GMT",
        "Fri, 18 Oct 2019 19:00:05 +0200",
        "Fri, 18 Oct 2019 09:30:05 -0730",
        "2019-10-18T17:00:05Z",
        "2019-10-18 17:00:05",
        "2019-10-18T19:00:05+02:00",
    ],
)
def test_one_instant_written_in_many_ways(text: str) -> None:
    assert read_time(text) == AT


@pytest.mark.parametrize(
    "text", ["", "soon", "Fri, ", "Fri, 18 Foo 2019 17:00:05 +0000", "2019-13-01", "Fri, 18 Oct 2019 17:00"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text) is None


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_written_is_read_again(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert read_time(write_rfc2822(at)) == at == read_time(write_iso(at))
    assert write_rfc2822(at) == format_datetime(at)
