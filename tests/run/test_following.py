"""Serving hears what people decided: who may send, their tokens, who is gone."""

from collections.abc import Iterator
from typing import Any

import pytest

from dialboard.control import accounts, credentials, publish
from dialboard.run.following import Following
from dialboard.run.stop import Stop
from dialboard.shapes.event import Grant
from tests.journal.conftest import event
from tests.paths.running import wait_for
from tests.run.conftest import Told


@pytest.fixture
def following(clean: None, told: Told) -> Following:
    return Following(told.data, told.journal, told.loop)


def test_a_new_account_may_send_and_has_its_tokens(following: Following, told: Told) -> None:
    account, credential, _ = accounts.create("Alice", tokens=7)
    following.catch_up()
    assert following.snapshot.senders[credential.pk].account == account.pk
    assert following.snapshot.number == publish.number()
    assert told.reader.balance(account.pk).tokens == 7


def test_a_grant_is_applied_once_however_often_it_is_told(following: Following, told: Told, alice: Any) -> None:
    following.catch_up()
    accounts.grant(alice, 10)
    for _ in range(3):
        following.catch_up()
    Following(told.data, told.journal, told.loop).catch_up()  # after a restart everything is told again
    assert told.reader.balance(alice.pk).granted == 5 + 10


def test_a_revoked_credential_is_not_in_the_next_snapshot(following: Following, alice: Any) -> None:
    credential, _ = credentials.create(alice, "second")
    following.catch_up()
    assert credential.pk in following.snapshot.senders
    credentials.revoke(credential)
    following.catch_up()
    assert credential.pk not in following.snapshot.senders


def test_the_events_of_a_removed_account_go_and_those_of_others_stay(
    following: Following, told: Told, alice: Any
) -> None:
    bob, _, _ = accounts.create("Bob", tokens=5)
    following.catch_up()
    for account in (alice.pk, bob.pk):
        told.wait(told.journal.append(event(account)))
    accounts.remove(alice)
    following.catch_up()
    assert told.reader.count(alice.pk) == 0 and told.reader.balance(alice.pk).granted == 0
    assert told.reader.count(bob.pk) == 1


class Stubborn:
    """A journal whose disk is full for a moment."""

    def __init__(self, journal: Any) -> None:
        self._journal = journal
        self.full = True

    async def grant(self, grant: Grant) -> None:
        if self.full:
            raise OSError("no space left on device")
        await self._journal.grant(grant)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


def test_a_turn_that_failed_is_done_again(told: Told, alice: Any) -> None:
    stubborn = Stubborn(told.journal)
    following = Following(told.data, stubborn, told.loop)  # type: ignore[arg-type]
    with pytest.raises(OSError):
        following.catch_up()
    assert following.snapshot.number == -1, "the number was not reached"
    stubborn.full = False
    following.catch_up()
    assert told.reader.balance(alice.pk).tokens == 5
    assert following.snapshot.number == publish.number()


@pytest.fixture
def followed(following: Following) -> Iterator[Following]:
    """It looks by itself."""
    following.catch_up()
    stop = Stop()
    following.start(stop)
    yield following
    stop.set()
    following.join()


def test_a_change_is_in_force_within_a_second(followed: Following, told: Told, alice: Any) -> None:
    credential, _ = credentials.create(alice, "second")
    accounts.grant(alice, 10)
    wait_for(lambda: credential.pk in followed.snapshot.senders, "the credential is known", within_s=1)
    wait_for(lambda: told.reader.balance(alice.pk).tokens == 15, "the tokens are there", within_s=1)
    credentials.revoke(credential)
    wait_for(lambda: credential.pk not in followed.snapshot.senders, "it is revoked", within_s=1)


def test_an_error_is_logged_and_not_the_end(
    followed: Following, alice: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, asked = publish.snapshot, []

    def away_once() -> Any:
        asked.append(1)
        if len(asked) == 1:
            raise OSError("the database is away")
        return real()

    monkeypatch.setattr(publish, "snapshot", away_once)
    credential, _ = credentials.create(alice, "second")
    wait_for(lambda: credential.pk in followed.snapshot.senders, "the credential is known")
    assert "What people decided cannot be read now." in caplog.text
