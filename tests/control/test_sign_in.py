from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import RequestFactory
from sesame.utils import get_user

from dialboard.control import sign_in
from dialboard.errors import NotFound


def opened(link):
    """Who is signed in by the link; None when it is no good."""
    user = get_user(parse_qs(urlsplit(link).query)["sesame"][0])
    if user:
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.send(type(user), request=RequestFactory().get("/"), user=user)
    return user


def test_a_link_signs_the_owner_in_once(config):
    link = sign_in.make_link()
    assert link.startswith(f"{config.url}/sign-in/link?sesame=")
    assert opened(link) == sign_in.owner()
    assert opened(link) is None


def test_the_owner_is_made_once_and_has_no_password(config):
    assert sign_in.owner() == sign_in.owner() and not sign_in.owner().has_usable_password()


def test_joining_twice_is_one_place(alice):
    assert sign_in.join(alice, sign_in.owner()) == sign_in.join(alice, sign_in.owner())


def test_an_unknown_person_is_told_who_there_is(config):
    sign_in.owner()
    with pytest.raises(NotFound, match="'owner'"):
        sign_in.person("bob")
