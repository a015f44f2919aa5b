import pytest

from dialboard.collect.credentials import hash_token
from dialboard.control import accounts, publish
from dialboard.control.models import Account, Grant
from dialboard.errors import AlreadyExists, UsageError


def test_an_account_comes_with_a_credential_a_grant_and_its_overview():
    account, credential, auth_token = accounts.create("Alice & Co", tokens=7, zone="Europe/Berlin")
    assert account.id.startswith("acc_") and account.zone == "Europe/Berlin"
    assert bytes(credential.token_hash) == hash_token(auth_token)
    assert [grant.tokens for grant in account.grants.all()] == [7]
    assert [board.name for board in account.boards.all()] == ["Overview"]


def test_an_unmetered_account_is_granted_none():
    account, _, _ = accounts.create("Alice", tokens=None)
    assert Grant.objects.get(account=account).tokens is None


def test_the_auth_token_is_kept_nowhere():
    _account, credential, auth_token = accounts.create("Alice")
    kept = repr([list(model.objects.values()) for model in (Account, type(credential), Grant)])
    assert auth_token not in kept


@pytest.mark.parametrize("again", ["Alice", "alice", " ALICE "])
def test_a_name_is_taken_once_whatever_its_case(again):
    accounts.create("Alice")
    with pytest.raises(AlreadyExists, match="already"):
        accounts.create(again)


def test_a_refused_account_leaves_nothing_behind():
    accounts.create("Alice")
    before = (Account.objects.count(), Grant.objects.count(), publish.number())
    with pytest.raises(AlreadyExists):
        accounts.create("Alice")
    assert (Account.objects.count(), Grant.objects.count(), publish.number()) == before


@pytest.mark.parametrize(
    ("name", "tokens", "zone", "says"),
    [
        ("", 0, "UTC", "name is empty"),
        ("   ", 0, "UTC", "name is empty"),
        ("a" * 101, 0, "UTC", "101 characters"),
        ("a\nb", 0, "UTC", "cannot be printed"),
        ("a\0b", 0, "UTC", "cannot be printed"),
        ("acc_7k3v9q0x2m4n8p5r", 0, "UTC", "looks like an id"),
        ("Alice", -1, "UTC", "tokens"),
        ("Alice", 10**18, "UTC", "tokens"),
        ("Alice", 0, "Mars", "zone 'Mars'"),
        ("Alice", 0, "", "zone ''"),
        ("Alice", 0, "../etc/passwd", "zone"),
        ("Alice", 0, "Europe/Berln", "Europe/Berlin"),
    ],
)
def test_bad_words_are_named(name, tokens, zone, says):
    with pytest.raises(UsageError, match=says):
        accounts.create(name, tokens=tokens, zone=zone)


def test_removing_an_account_leaves_the_others_alone(alice, charlie):
    accounts.remove(alice)
    assert [account.name for account in Account.objects.all()] == ["Charlie"]
    assert {sender.account for sender in publish.snapshot().senders.values()} == {charlie.id}
