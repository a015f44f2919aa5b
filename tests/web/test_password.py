"""One's own password: set after a link, changed, and not guessed in a browser that was left open."""

import pytest
from django.test import Client

from tests.web.conftest import People
from tests.web.test_pages_are_clean import INLINE

OLD, NEW = "correct horse battery", "staple of the north"


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    from dialboard.web.pages import password, sign_in

    for throttle in (password.BY_PERSON, sign_in.BY_NAME, sign_in.BY_ADDRESS):
        throttle.seen.clear()


def browser() -> Client:
    return Client(headers={"host": "localhost"})


def sign_in(name: str, password: str, by: Client | None = None) -> bool:
    return (by or browser()).post("/sign-in", {"name": name, "password": password}).status_code == 302


def by_link(name: str) -> Client:
    """A browser that was signed in by a link."""
    from django.contrib.auth.models import User

    from dialboard.control import sign_in as door

    link, found = door.make_link(User.objects.get(username=name)), browser()
    found.post("/sign-in/link", {"sesame": link.partition("sesame=")[2]})
    return found


def give_password(name: str, unusable: bool = False) -> None:
    from django.contrib.auth.models import User

    user = User.objects.get(username=name)
    user.set_password(None if unusable else OLD)
    user.save()


def change(by: Client, new: str = NEW, again: str | None = None, old: str | None = None):
    words = {"new_password1": new, "new_password2": new if again is None else again}
    return by.post("/password", words | ({} if old is None else {"old_password": old}))


@pytest.fixture
def alice(people: People) -> Client:
    """A browser in which she has typed her password."""
    give_password("alice")
    found = browser()
    assert sign_in("alice", OLD, found)
    return found


def test_who_came_by_a_link_sets_a_first_password_and_goes_on(people: People) -> None:
    give_password("alice", unusable=True)
    found = by_link("alice")
    shown = found.get("/password").content.decode()
    assert "Set a password" in shown and "old_password" not in shown
    assert change(found)["Location"] == "/"
    home = found.get("/", follow=True)
    assert home.status_code == 200 and "Your password is set." in home.content.decode()
    assert sign_in("alice", NEW)


def test_a_password_is_changed_by_who_knows_it_and_other_browsers_are_signed_out(alice: Client) -> None:
    other = browser()
    assert sign_in("alice", OLD, other)
    assert "Change your password" in alice.get("/password").content.decode()
    assert change(alice, old=OLD).status_code == 302
    assert alice.get("/").status_code == 302 and "/sign-in" not in alice.get("/")["Location"]
    assert "/sign-in" in other.get("/")["Location"]
    assert sign_in("alice", NEW) and not sign_in("alice", OLD)


def test_who_forgot_it_comes_by_a_link_and_sets_another(alice: Client) -> None:
    found = by_link("alice")
    assert "old_password" not in found.get("/password").content.decode()
    assert change(found).status_code == 302
    assert sign_in("alice", NEW)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"old": "wrong"}, "This is not your password."),
        ({"old": ""}, "Type the password that you have now."),
        ({"old": OLD, "new": ""}, "Type the new password."),
        ({"old": OLD, "again": ""}, "Type the new password once more."),
        ({"old": OLD, "again": "another one"}, "These two are not the same."),
        ({"old": OLD, "new": "short"}, "at least 10 characters"),
        ({"old": OLD, "new": "password123"}, "too common"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_changes_nothing(alice: Client, words: dict[str, str], says: str) -> None:
    answer = change(alice, **words)
    text = answer.content.decode()
    assert answer.status_code == 422 and says in text and 'aria-invalid="true"' in text
    assert not INLINE.search(text)
    assert all(f'value="{word}"' not in text for word in words.values() if word)
    assert sign_in("alice", OLD)


def test_guessing_at_an_open_browser_is_slowed_down(alice: Client) -> None:
    for _ in range(8):
        change(alice, old="wrong")
    answer = change(alice, old=OLD)
    assert answer.status_code == 422 and "Too many tries. Wait 15 min" in answer.content.decode()
    assert sign_in("alice", OLD)


def test_every_page_leads_to_it(people: People) -> None:
    assert 'href="/password"' in people.alice.get("/", follow=True).content.decode()
    people.account.members.all().delete()
    assert 'href="/password"' in people.alice.get("/").content.decode(), "a person without an account"
