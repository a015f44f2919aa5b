"""The sample account: made for the person who asked, and removed even by a worker that was killed half way."""

from pathlib import Path
from typing import Any

import pytest

from dialboard.config import Config
from dialboard.control import accounts, connections, orders
from dialboard.control.models import Account, Order, Removal
from dialboard.deliver.outcomes import migrate, open_outcomes
from dialboard.errors import DialboardError
from dialboard.run import sample as module
from dialboard.run import sample_note
from dialboard.run.absorbing import Absorbing
from dialboard.run.following import Following
from dialboard.run.sample import Sample
from dialboard.run.scheduling import Scheduling
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.account import TwilioAccount
from tests.run.conftest import Told

TWILIO = TwilioAccount("AC" + "a" * 32, "SK" + "b" * 32, "secret")


@pytest.fixture
def sample(clean: None, config: Config, told: Told, store: DuckStore, tmp_path: Path) -> Any:
    where = str(tmp_path / "deliveries.db")
    migrate(where)
    outcomes = open_outcomes(where)
    absorbing = Absorbing(told.reader, store, dict)
    scheduling = Scheduling(config, store)
    yield Sample(config, told.reader, outcomes, store, absorbing, scheduling)
    outcomes.close()
    scheduling._loop.close()
    sample_note.remove(config.data)


def taken(kind: str, account: Any = None, payload: dict[str, Any] | None = None) -> Order:
    orders.give(kind, account, payload)
    order = orders.take()
    assert order
    return order


def test_it_is_done_once_the_demo_has_connected_it(
    sample: Sample, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plays(so: Any, sentence: str) -> None:
        """The demo process reads the note and connects the account."""
        note = sample_note.read(config.data)
        assert note
        connections.add(Account.objects.get(pk=note.account), TWILIO)
        assert so()

    monkeypatch.setattr(module, "_wait_until", plays)
    sample.add(taken("sample_add"))
    account = Account.objects.get(is_sample=True)
    assert account.name == "Sample" and not account.credentials.exists()
    assert [member.user.username for member in account.members.all()] == ["owner"]


def test_a_second_order_finds_the_first_ones_account_and_adds_who_asked(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.models import User

    monkeypatch.setattr(module, "_wait_until", lambda so, sentence: None)
    bob = User.objects.create(username="bob")
    sample.add(taken("sample_add"))
    sample.add(taken("sample_add", payload={"user": bob.pk}))
    account = Account.objects.get(is_sample=True)
    assert {member.user.username for member in account.members.all()} == {"owner", "bob"}


def test_an_account_of_that_name_is_left_alone(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_wait_until", lambda so, sentence: None)
    accounts.create("sample")
    sample.add(taken("sample_add"))
    assert Account.objects.get(is_sample=True).name == "Sample 2"


def test_a_demo_that_does_not_start_is_said(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    with pytest.raises(DialboardError, match="did not start; the server's log says why"):
        sample.add(taken("sample_add"))


def test_an_account_of_ones_own_is_never_removed(sample: Sample, alice: Any) -> None:
    with pytest.raises(DialboardError, match="is no sample account"):
        sample.remove(taken("sample_remove", alice))
    assert Account.objects.filter(pk=alice.pk).exists()


def test_a_removal_that_was_killed_half_way_is_finished(
    sample: Sample, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, _, _ = accounts.create("Sample", tokens=None, is_sample=True)
    forgotten: list[str] = []

    def killed(name: str) -> None:
        raise KeyboardInterrupt

    order = taken("sample_remove", account)
    monkeypatch.setattr(sample, "forget", killed)
    with pytest.raises(KeyboardInterrupt):
        sample.remove(order)
    assert not Account.objects.filter(pk=account.pk).exists()
    assert orders.give_back() == 1, "the order did not go with its account"
    again = orders.take()
    monkeypatch.setattr(sample, "forget", forgotten.append)
    sample.remove(again)
    assert forgotten == [account.pk]
    assert Removal.objects.filter(account=account.pk).count() == 1


def test_the_journal_is_waited_for(sample: Sample, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    from dialboard.shapes.event import Grant
    from tests.journal.conftest import event

    account, _, _ = accounts.create("Sample", tokens=None, is_sample=True)
    told.wait(told.journal.grant(Grant("grt_1", account.pk, None)))
    told.wait(told.journal.append(event(account.pk)))
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    order = taken("sample_remove", account)
    with pytest.raises(DialboardError, match="The journal still has events"):
        sample.remove(order)
    Following(told.data, told.journal, told.loop).catch_up()
    sample.remove(Order.objects.get(pk=order.pk))
    assert told.reader.count(account.pk) == 0
