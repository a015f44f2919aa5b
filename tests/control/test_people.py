"""Who may see an account, and who may change it."""

import pytest

from dialboard.control import people, sign_in
from dialboard.errors import NotFound, UsageError


def test_a_new_person_is_a_member_without_a_password(alice):
    bob = people.add(alice, " Bob ")
    assert (bob.user.username, bob.role, bob.user.has_usable_password()) == ("Bob", "member", False)
    assert sign_in.person("Bob") == bob.user


def test_a_person_has_one_place_in_an_account_whatever_their_name_is_spelled_like(alice, charlie):
    first = people.add(alice, "Bob")
    second = people.add(alice, "BOB", "owner")
    assert second.pk == first.pk and alice.members.get(user__username="Bob").role == "owner"
    assert people.add(charlie, "bob").user == first.user


def test_who_is_removed_is_gone_with_the_last_of_their_places(alice, charlie):
    from django.contrib.auth.models import User

    for account in (alice, charlie):
        people.add(account, "Bob")
    assert people.remove(alice, "bob") == "Bob"
    assert not alice.members.filter(user__username="Bob").exists()
    assert User.objects.filter(username="Bob").exists()
    people.remove(charlie, "Bob")
    assert not User.objects.filter(username="Bob").exists()


def test_who_installed_it_stays_the_owner(alice):
    assert people.add(alice, "Owner").role == "owner"
    with pytest.raises(UsageError, match="stays in every account"):
        people.remove(alice, "owner")
    with pytest.raises(UsageError, match="stays the owner"):
        people.add(alice, "OWNER", "member")
    assert alice.members.get(user__username="owner").role == "owner"


def test_without_a_role_nobody_gets_another_one(alice):
    people.add(alice, "Émile", "owner")
    assert people.add(alice, "émile").role == "owner"
    assert people.add(alice, "ÉMILE", "member").role == "member"


@pytest.mark.parametrize(("name", "says"), [("", "is empty"), ("x" * 101, "100 are the most"), ("a\x07", "printed")])
def test_a_name_that_is_none_is_refused(alice, name, says):
    with pytest.raises(UsageError, match=says):
        people.add(alice, name)


def test_nobody_of_that_name_is_told_with_who_there_is(alice):
    people.add(alice, "Bob")
    with pytest.raises(NotFound, match="there is 'Bob'"):
        people.remove(alice, "Bop")
