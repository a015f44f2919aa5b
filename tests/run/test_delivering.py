"""What the delivering process knows of people's decisions."""

from typing import Any

from dialboard.control import destinations
from dialboard.run.delivering import Published


def add(account: Any, name: str) -> Any:
    settings = {"measurement_id": "G-AB12CD34EF"}
    return destinations.add(account, "google-analytics", name=name, settings=settings, secret="s3cret", alias=None)


def test_a_destination_is_known_the_next_time_it_asks(alice: Any) -> None:
    published = Published()
    assert [one.account for one in published() if one.account == alice.pk] == []
    made = add(alice, "First")
    [one] = [one for one in published() if one.account == alice.pk]
    assert (one.id, one.secret) == (made.pk, "s3cret")


def test_secrets_are_read_again_only_when_something_was_decided(alice: Any) -> None:
    add(alice, "First")
    published = Published()
    first = published()
    assert published() is first
    add(alice, "Second")
    assert len([one for one in published() if one.account == alice.pk]) == 2
