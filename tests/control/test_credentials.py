import pytest

from dialboard.control import credentials, publish
from dialboard.errors import AlreadyExists, Refused


def test_a_revoked_credential_is_published_no_more(alice):
    credential, _ = credentials.create(alice, "shop")
    assert credential.id in publish.snapshot().senders
    credentials.revoke(credential)
    assert credential.id not in publish.snapshot().senders


def test_a_name_is_free_again_once_its_credential_is_revoked(alice):
    credential, _ = credentials.create(alice, "shop")
    with pytest.raises(AlreadyExists):
        credentials.create(alice, "Shop")
    credentials.revoke(credential)
    credentials.create(alice, "shop")


def test_two_accounts_may_use_the_same_name(alice, charlie):
    assert credentials.create(alice, "shop")[1] != credentials.create(charlie, "shop")[1]


def test_revoking_twice_says_so(alice):
    credential, _ = credentials.create(alice, "shop")
    credentials.revoke(credential)
    with pytest.raises(Refused, match="already"):
        credentials.revoke(credential)
