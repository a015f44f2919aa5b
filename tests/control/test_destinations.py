import pytest

from dialboard.control import destinations, publish
from dialboard.control.models import Destination
from dialboard.errors import AlreadyExists, DialboardError, UsageError

SETTINGS = {"measurement_id": "G-AB12CD34EF"}


def test_the_delivering_process_gets_the_secret_and_the_database_does_not(ga4):
    (published,) = publish.destinations()
    assert published.secret == "ga-secret" and published.settings == SETTINGS
    assert "ga-secret" not in repr(list(Destination.objects.values())) + repr(published)


def test_an_alias_is_taken_once_an_account_whatever_its_case(alice, charlie, ga4):
    with pytest.raises(AlreadyExists, match="alias ua-12345-1"):
        destinations.add(alice, "google-analytics", settings=SETTINGS, secret="s", alias="ua-12345-1")
    assert destinations.add(charlie, "google-analytics", settings=SETTINGS, secret="s", alias="UA-12345-1")


@pytest.mark.parametrize("alias", ["bogus", "UA12345-1", "G-", "UA-12345"])
def test_an_alias_that_no_sender_can_name_is_refused(alice, alias):
    with pytest.raises(UsageError, match=rf"^The alias is '{alias}': it has to look like UA-12345-1"):
        destinations.add(alice, "google-analytics", settings=SETTINGS, secret="s", alias=alias)
    assert not alice.destinations.exists()


def test_destinations_without_an_alias_may_be_many_and_get_names_of_their_own(alice):
    names = {destinations.add(alice, "google-analytics", settings=SETTINGS, secret="s").name for _ in range(3)}
    assert len(names) == 3


def test_a_given_name_is_taken_once(alice):
    destinations.add(alice, "google-analytics", settings=SETTINGS, secret="s", name="Main")
    with pytest.raises(AlreadyExists, match="'main'"):
        destinations.add(alice, "google-analytics", settings=SETTINGS, secret="s", name="main")


@pytest.mark.parametrize(
    ("kind", "settings", "secret", "says"),
    [
        ("google-analytcs", SETTINGS, "s", "google-analytics"),
        ("google-analytics", SETTINGS, "", "secret"),
        ("google-analytics", {"measurement_id": "UA-12345-1"}, "s", "(?i)measurement"),
        ("google-analytics", SETTINGS | {"endpoint": "ftp://example.com"}, "s", "(?i)address|endpoint|http"),
    ],
)
def test_what_is_off_is_named_and_nothing_is_kept(alice, kind, settings, secret, says):
    with pytest.raises(DialboardError, match=says):
        destinations.add(alice, kind, settings=settings, secret=secret)
    assert not Destination.objects.exists()


def test_a_private_address_is_only_the_operators_to_give(alice):
    settings = SETTINGS | {"endpoint": "http://127.0.0.1:9999/mp/collect"}
    with pytest.raises(DialboardError):
        destinations.add(alice, "google-analytics", settings=settings, secret="s")
    destinations.add(alice, "google-analytics", settings=settings, secret="s", operator_address=True)
    assert [one.private_address_allowed for one in publish.destinations()] == [True]


def test_what_is_off_or_removed_is_published_no_more(ga4):
    destinations.enable(ga4, False)
    assert publish.destinations() == []
    destinations.enable(ga4, True)
    assert len(publish.destinations()) == 1
    before = publish.number()
    destinations.remove(ga4)
    assert publish.destinations() == [] and publish.number() > before


def test_an_unknown_kind_lists_the_kinds():
    with pytest.raises(UsageError, match="google-analytics"):
        destinations.kind_of("plausibel")
