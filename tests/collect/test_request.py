"""The two ways to read a request: whatever the quick one can read, the careful one reads as the same."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from dialboard.collect import request
from dialboard.collect.parameters import PARAMETERS
from dialboard.collect.plain import read_plain
from dialboard.collect.refusal import Refusal
from dialboard.collect.request import read
from dialboard.shapes.event import Event
from tests.collect.conftest import USUAL, snapshot, usual

NAMES = [*USUAL, "c_name", "other", "C.NAME"]
# What JSON, URLs or UTF-8 make something special of.
TEXTS = st.text(st.sampled_from('a%2+&=;"\\/{}[]:,u0dD8\0\x01\x1f\x7fé📞\r\n'), max_size=9)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=5)


def carefully(joined: bytes) -> Event | Refusal:
    return request._read_carefully(request.Request(joined, None, snapshot()))


def told(answer: Event | Refusal) -> Any:
    """All but what differs from one reading to the next."""
    if isinstance(answer, Refusal):
        return answer
    return {name: value for name, value in asdict(answer).items() if name not in ("id", "key", "received_at")}


def test_the_usual_request_is_read_in_one_go_its_escapes_included() -> None:
    joined = urlencode(usual(referrer='https://example.com/?a=b&c="d\\e"\r\n', title="50 % + tax")).encode()
    assert read_plain(joined) is not None
    assert told(read(joined, b"", None, snapshot())) == told(carefully(joined))


@pytest.mark.parametrize(
    "unusual",
    [
        "&title=M%C3%BCnchen",
        "&title=é",
        "&title=%00",
        "&title=\0",
        "&title=\n",
        "&title=%",
        "&title=%4",
        "&title=%zz",
        "&title",
        "&title=a=b",
        "&&title=a",
        '&title=x","authId":"crd_other',
        "&title=x\\",
        "&title=" + "x" * 1025,
        "&gaid=12345",
    ],
)
def test_the_unusual_is_left_to_the_careful_way(unusual: str) -> None:
    assert read_plain((urlencode(usual()) + unusual).encode()) is None


@given(PAIRS, st.booleans())
def test_both_ways_read_the_same(pairs: list[tuple[str, str]], escaped: bool) -> None:
    more = "&".join(f"{name}={quote(value, safe='/:') if escaped else value}" for name, value in pairs)
    joined = f"{urlencode(usual())}&{more}".encode()
    assert told(read(joined, b"", None, snapshot())) == told(carefully(joined))


def test_the_body_counts_after_the_query() -> None:
    query, body = urlencode(usual(city="BONN", state="NW")).encode(), b"city=K%2fLN&country=DE"
    event = read(query, body, None, snapshot())
    assert isinstance(event, Event) and (event.city, event.state, event.country) == ("K/LN", "NW", "DE")
    assert isinstance(read(b"", query, None, snapshot()), Event)


def test_every_limit_holds_on_both_ways() -> None:
    for parameter in PARAMETERS[1:]:
        longest = {**USUAL, parameter.name: "x" * parameter.limit}
        assert read_plain(urlencode(longest).encode()) is not None
        longest[parameter.name] += "x"
        refused = read(urlencode(longest).encode(), b"", None, snapshot())
        assert isinstance(refused, Refusal) and parameter.name in refused.errors[0]
