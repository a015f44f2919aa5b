import pytest

from dialboard.control import accounts, finding
from dialboard.control.models import Account
from dialboard.errors import NotFound


@pytest.mark.parametrize("text", ["Alice & Co", "alice & co", "ID"])
def test_an_account_is_found_by_its_name_or_its_id(alice, text):
    assert finding.account(alice.id if text == "ID" else text) == alice


def test_the_nearest_names_are_told(alice, charlie):
    with pytest.raises(NotFound, match=r"There is no account 'Alic & Co': there is 'Alice & Co'\.$"):
        finding.account("Alic & Co")


def test_without_a_near_one_the_first_ten_are_told():
    for number in range(12):
        accounts.create(f"Number {number:02}")
    with pytest.raises(NotFound, match="'Number 09' and 2 more"):
        finding.account("x")


def test_an_empty_house_says_so():
    with pytest.raises(NotFound, match="nor any other yet"):
        finding.account("x")


def test_nobody_finds_what_belongs_to_another_account(alice, charlie, ga4):
    with pytest.raises(NotFound):
        finding.find(charlie.destinations.all(), ga4.id, "destination")
    assert finding.find(Account.objects.all(), charlie.id, "account") == charlie
