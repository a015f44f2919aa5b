import pytest

from dialboard.deliver.route import route
from tests.deliver.cast import BOB, a_destination, an_event


@pytest.mark.parametrize(
    ("alias", "measurement_id", "gaid", "goes"),
    [
        ("UA-12345-1", "G-ALICE1", "UA-12345-1", True),
        ("ua-12345-1", "G-ALICE1", "UA-12345-1", True),
        ("UA-12345-1", "G-ALICE1", " ua-12345-1 ", True),
        ("UA-12345-1", "G-ALICE1", "UA-12345-2", False),
        ("UA-12345-1", "G-ALICE1", "G-ALICE1", True),
        ("UA-12345-1", "G-ALICE1", "g-alice1", True),
        ("UA-12345-1", "G-ALICE1", "G-BOB", False),
        (None, "G-ALICE1", "UA-999-9", True),
        (None, "G-ALICE1", "G-BOB", True),
        ("", "G-ALICE1", "UA-999-9", True),
        ("UA-12345-1", "", "", False),
    ],
)
def test_an_event_goes_where_its_gaid_says(alias, measurement_id, gaid, goes):
    destination = a_destination(alias=alias, settings={"measurement_id": measurement_id})
    assert route(an_event(gaid=gaid), [destination]) == ([destination] if goes else [])


def test_an_event_goes_to_every_destination_that_is_meant():
    destinations = [a_destination("dst_a"), a_destination("dst_b", alias=None), a_destination("dst_c", alias="UA-2-2")]
    assert [one.id for one in route(an_event(), destinations)] == ["dst_a", "dst_b"]


@pytest.mark.parametrize(
    ("gaid", "goes"), [("G-ALICE1", "dst_all"), ("UA-2-2", "dst_two"), ("UA-1-1", "dst_one"), ("UA-9-9", "dst_all")]
)
def test_an_event_counts_once_in_a_property_that_several_aliases_lead_to(gaid, goes):
    aliases = {"dst_all": None, "dst_one": "UA-1-1", "dst_two": "UA-2-2"}
    settings = {"measurement_id": "G-ALICE1"}
    destinations = [a_destination(name, alias=alias, settings=settings) for name, alias in aliases.items()]
    other = a_destination("dst_eu", alias=None, settings=settings | {"endpoint": "https://eu.example.com/mp/collect"})
    assert [one.id for one in route(an_event(gaid=gaid), [*destinations, other])] == [goes, "dst_eu"]


def test_an_event_never_goes_to_another_account():
    assert route(an_event(), [a_destination(account=BOB), a_destination(account=BOB, alias=None)]) == []


def test_a_filter_may_leave_a_destination_out():
    destinations = [a_destination("dst_a"), a_destination("dst_b")]
    found = route(an_event(), destinations, lambda destination, event: destination.id == "dst_b")
    assert [one.id for one in found] == ["dst_b"]


def test_a_kind_that_this_version_does_not_know_is_found_by_its_alias_only():
    destination = a_destination(kind="carrier-pigeon", alias="UA-1-1")
    assert route(an_event(gaid="UA-1-1"), [destination]) == [destination]
    assert route(an_event(gaid="G-DSTA"), [destination]) == []
