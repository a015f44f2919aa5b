"""Every form names the field that is off and the cure, and keeps what was typed; secrets are never sent back."""

from typing import Any

import pytest
from django.urls import reverse

from dialboard.errors import BadCredentials, Transient
from tests.web.conftest import People

SID, KEY = "AC" + "a" * 32, "SK" + "b" * 32
CONNECTION = {"account_sid": SID, "key_sid": KEY, "key_secret": "marker-of-the-secret", "name": "Support"}
DESTINATION = {"measurement_id": "G-AB12CD34EF", "api_secret": "marker-of-the-secret", "alias": "UA-7-1", "region": ""}


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Twilio at the other end: what it answers is put into the list. Its own tests speak HTTP to the sandbox."""
    answers: list[Any] = []

    class Client:
        def __init__(self, twilio: Any) -> None:
            pass

        def check(self) -> None:
            if answers:
                raise answers[0]

    monkeypatch.setattr("dialboard.control.connections.Client", Client)
    return answers


def _field_with_problem(text: str, field: str) -> bool:
    return f'id="id_{field}_problem"' in text


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"account_sid": ""}, "account_sid", "Paste the Account SID: it begins with AC."),
        ({"key_sid": ""}, "key_sid", "Paste the SID of the API key"),
        ({"key_secret": ""}, "key_secret", "Paste the secret of the API key."),
        ({"account_sid": "AC123"}, "account_sid", "must be AC followed by 32"),
        ({"key_sid": SID}, "key_sid", "this one begins with AC."),
        ({"key_secret": "two words"}, "key_secret", "holds blanks"),
        ({"name": "x" * 101}, "name", "at most 100 characters"),
    ],
)
def test_a_connection_that_is_off(
    change: dict[str, str], field: str, says: str, people: People, twilio: list[Any]
) -> None:
    answer = people.alice.post(reverse("connection-new", args=[people.account.pk]), CONNECTION | change)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text and _field_with_problem(text, field)
    assert "marker-of-the-secret" not in text
    kept = {**CONNECTION, **change}
    assert all(f'value="{kept[name]}"' in text for name in ("account_sid", "key_sid") if kept[name])
    assert not people.account.connections.exists()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadCredentials(), "The credentials were not accepted."),
        (Transient("It answered 503."), "Twilio could not be asked just now: It answered 503."),
    ],
)
def test_what_twilio_says_is_explained_and_nothing_is_kept(
    error: Exception, says: str, people: People, twilio: list[Any]
) -> None:
    twilio.append(error)
    answer = people.alice.post(reverse("connection-new", args=[people.account.pk]), CONNECTION)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not people.account.connections.exists()


def test_a_connection_that_is_right_syncs_at_once(people: People, twilio: list[Any]) -> None:
    answer = people.alice.post(reverse("connection-new", args=[people.account.pk]), CONNECTION)
    made = people.account.connections.get()
    assert answer["Location"] == reverse("connection", args=[people.account.pk, made.pk])
    assert (made.name, made.base_url, made.keep_bodies) == ("Support", None, False)
    assert "marker" not in made.secret_encrypted
    assert people.account.orders.get().payload == {"connection": made.pk}
    assert "Twilio accepted the key" in people.alice.get(answer["Location"]).content.decode()


def test_the_page_can_not_set_where_twilio_is(people: People, twilio: list[Any]) -> None:
    people.alice.post(
        reverse("connection-new", args=[people.account.pk]), CONNECTION | {"base_url": "http://127.0.0.1:1"}
    )
    assert people.account.connections.get().base_url is None


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"measurement_id": ""}, "measurement_id", "it looks like G-AB12CD34EF"),
        ({"measurement_id": "UA-12345-1"}, "measurement_id", "has to look like G-AB12CD34EF"),
        ({"api_secret": ""}, "api_secret", "Paste the API secret"),
        ({"region": "http://10.0.0.1/"}, "region", "Choose Worldwide or European Union."),
    ],
)
def test_a_destination_that_is_off(change: dict[str, str], field: str, says: str, people: People) -> None:
    answer = people.alice.post(reverse("destination-new", args=[people.account.pk]), DESTINATION | change)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text and _field_with_problem(text, field)
    assert "marker-of-the-secret" not in text
    assert 'value="UA-7-1"' in text
    assert not people.account.destinations.exists()


def test_a_taken_alias_is_named(people: People) -> None:
    address = reverse("destination-new", args=[people.account.pk])
    people.alice.post(address, DESTINATION)
    text = people.alice.post(address, DESTINATION | {"name": "Another"}).content.decode()
    assert "has a destination with the alias UA-7-1 already" in text
    assert _field_with_problem(text, "alias")


@pytest.mark.parametrize(
    ("region", "endpoint"), [("", None), ("eu", "https://region1.google-analytics.com/mp/collect")]
)
def test_a_destination_that_is_right(region: str, endpoint: str | None, people: People) -> None:
    answer = people.alice.post(reverse("destination-new", args=[people.account.pk]), DESTINATION | {"region": region})
    made = people.account.destinations.get()
    assert answer["Location"] == reverse("destination", args=[people.account.pk, made.pk])
    assert made.settings.get("endpoint") == endpoint
    assert made.operator_address is False
    assert "marker" not in made.secret_encrypted


def test_the_page_can_not_send_events_to_an_address_of_ones_choice(people: People) -> None:
    typed = DESTINATION | {"endpoint": "http://169.254.169.254/", "operator_address": "on"}
    people.alice.post(reverse("destination-new", args=[people.account.pk]), typed)
    made = people.account.destinations.get()
    assert "endpoint" not in made.settings and made.operator_address is False


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "Give it a name"), ("first", "has a credential"), ("x" * 101, "at most 100 characters")],
)
def test_a_credential_that_is_off(name: str, says: str, people: People) -> None:
    answer = people.alice.post(reverse("credentials", args=[people.account.pk]), {"name": name})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text and _field_with_problem(text, "name")
    assert people.account.credentials.count() == 1


def test_an_auth_token_is_shown_once_and_works(people: People) -> None:
    from dialboard.collect.credentials import hash_token

    answer = people.alice.post(reverse("credentials", args=[people.account.pk]), {"name": "Shop"})
    made = people.account.credentials.get(name="Shop")
    text = answer.content.decode()
    auth_token = text.split('id="made-secret">')[1].split("<")[0]
    assert hash_token(auth_token) == bytes(made.token_hash)
    assert answer["Cache-Control"] == "no-store"
    assert f"authToken={auth_token}" in text
    assert auth_token not in people.alice.get(reverse("credentials", args=[people.account.pk])).content.decode()
