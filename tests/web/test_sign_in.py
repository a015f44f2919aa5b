"""The door: passwords, one-time links, the way back, and no guessing."""

import pytest
from django.urls import reverse

from tests.web.conftest import People

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    from dialboard.web.pages import sign_in as page

    for throttle in (page.BY_NAME, page.BY_ADDRESS):
        throttle.seen.clear()


@pytest.fixture
def alice(people: People):
    from django.contrib.auth.models import User

    user = User.objects.get(username="alice")
    user.set_password(PASSWORD)
    user.save()
    return user


def _try(people: People, name: str = "alice", password: str = PASSWORD, next_: str = ""):
    return people.nobody.post("/sign-in", {"name": name, "password": password, "next": next_})


def test_name_and_password_lead_in(people: People, alice) -> None:
    answer = _try(people)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert people.nobody.get(reverse("home", args=[people.account.pk])).status_code == 200


def test_the_e_mail_address_does_as_well_as_the_name(people: People, alice) -> None:
    assert _try(people, "Alice@Example.com").status_code == 302


def test_the_page_that_was_wanted_comes_after_signing_in(people: People, alice) -> None:
    wanted = reverse("events", args=[people.account.pk])
    asked = people.nobody.get(wanted)
    assert people.nobody.get(asked["Location"]).status_code == 200
    assert _try(people, next_=wanted)["Location"] == wanted


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(address: str, people: People, alice) -> None:
    assert _try(people, next_=address)["Location"] == "/"


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("", PASSWORD, "Type the name or e-mail address"),
        ("alice", "", "Type your password"),
        ("alice", "wrong", "do not belong together"),
        ("mallory", PASSWORD, "do not belong together"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(
    name: str, password: str, says: str, people: People, alice
) -> None:
    answer = _try(people, name, password)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    assert f'value="{name}"' in text or not name
    assert "wrong" not in text.replace("went wrong", "")
    assert 'aria-invalid="true"' in text


def test_guessing_is_slowed_down_and_the_right_password_too(people: People, alice) -> None:
    for _ in range(8):
        _try(people, password="wrong")
    answer = _try(people)
    assert answer.status_code == 422
    assert "Too many tries. Wait 15 min" in answer.content.decode()


def test_a_link_waits_for_a_button_so_that_a_preview_does_not_use_it_up(people: People) -> None:
    link = _link("alice")
    for _ in range(3):
        shown = people.nobody.get(link)
        assert shown.status_code == 200
        assert "Welcome, alice" in shown.content.decode()
    assert people.nobody.post("/sign-in/link", {"sesame": link.partition("sesame=")[2]})["Location"] == "/"
    assert people.nobody.get(reverse("home", args=[people.account.pk])).status_code == 200


def test_a_link_works_once(people: People) -> None:
    from django.test import Client

    link = _link("alice")
    people.nobody.post("/sign-in/link", {"sesame": link.partition("sesame=")[2]})
    second = Client(headers={"host": "localhost"}).get(link)
    assert second.status_code == 410
    assert "dialboard sign-in-link" in second.content.decode()


@pytest.mark.parametrize("tail", ["", "?sesame=", "?sesame=abcdefgh", "?sesame=%00"])
def test_an_invented_link_is_over(tail: str, people: People) -> None:
    assert people.nobody.get("/sign-in/link" + tail).status_code == 410


def test_signing_out_forgets_the_browser(people: People) -> None:
    assert people.alice.post("/sign-out")["Location"] == "/sign-in"
    assert people.alice.get(reverse("home", args=[people.account.pk])).status_code == 302


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(people: People, alice) -> None:
    cookie = _try(people).cookies["dialboard_session"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


def _link(name: str) -> str:
    from django.contrib.auth.models import User

    from dialboard.control import sign_in

    made = sign_in.make_link(User.objects.get(username=name))
    return made[made.index("/sign-in/link") :]
