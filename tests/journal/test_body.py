"""An event as bytes and back."""

import msgspec

from dialboard.journal.body import encode, entry
from tests.journal.conftest import event


def test_an_event_comes_back_as_it_was() -> None:
    for told in (event(), event(city="MÜNCHEN 🏙", title=None, referrer="", zip="55401")):
        assert entry(7, encode(told)).event == told


def test_an_event_that_an_earlier_dialboard_kept_with_the_names_of_its_fields_is_read_as_well() -> None:
    told = event(city="Oslo", state=None, referrer="")
    named = msgspec.msgpack.encode(msgspec.structs.asdict(told))
    assert entry(7, named).event == told
    assert len(encode(told)) < 0.6 * len(named)


def test_an_event_that_an_earlier_dialboard_kept_without_a_later_field_is_read_as_well() -> None:
    told = event(city="Oslo")
    values = msgspec.msgpack.decode(encode(told))
    assert entry(7, msgspec.msgpack.encode(values[:-2])).event == told
