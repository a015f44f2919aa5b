import threading

import pytest
from django.db import connection, transaction

from dialboard.control import accounts, credentials, destinations, publish
from dialboard.shapes import event


def test_every_change_has_a_higher_number(alice):
    numbers = [publish.number()]
    credential, _ = credentials.create(alice, "shop")
    numbers.append(publish.number())
    accounts.grant(alice, 3)
    numbers.append(publish.number())
    credentials.revoke(credential)
    numbers.append(publish.number())
    assert numbers == sorted(set(numbers))


def test_a_change_that_is_rolled_back_publishes_nothing(alice):
    before = publish.snapshot()
    with pytest.raises(RuntimeError), transaction.atomic():
        credentials.create(alice, "shop")
        raise RuntimeError
    assert publish.snapshot() == before


def test_grants_come_in_order_and_only_those_after_the_number(alice):
    seen = publish.number()
    made = [accounts.grant(alice, tokens) for tokens in (1, None, 3)]
    expected = [event.Grant(id=one.id, account=alice.id, tokens=one.tokens) for one in made]
    assert publish.grants_after(seen) == expected
    assert publish.grants_after(made[0].number) == expected[1:]


def test_numbers_of_changes_at_the_same_moment_differ(alice):
    made: list[int] = []

    def grant() -> None:
        made.extend(accounts.grant(alice, 1).number for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=grant) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 20 and publish.number() == max(made)


def test_an_account_that_is_removed_is_published_so_that_its_events_go(alice):
    seen, gone = publish.number(), alice.id
    accounts.remove(alice)
    assert publish.removals_after(seen) == [gone]
    assert publish.removals_after(publish.number()) == []


def test_visitors_have_a_key_that_is_the_accounts_own_and_the_same_for_all_its_destinations(alice, charlie):
    def key(account, alias: str) -> str:
        settings = {"measurement_id": "G-ABC1234567"}
        row = destinations.add(account, "google-analytics", settings=settings, secret="s", alias=alias)
        return publish.in_the_clear(row).visitor_key

    first = key(alice, "UA-1-1")
    assert first and first == key(alice, "UA-1-2")
    assert first != key(charlie, "UA-1-1")
