"""The pages over a real data folder: Alice owns, Bob is a member, Charlie is a stranger with an account of his own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dialboard import control
from dialboard.config import Config, DataFolder
from dialboard.control import folder
from dialboard.shapes.tracker import EVENTS
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.resources import RESOURCES


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """One process has one configuration: whoever came first made it."""
    if control._active is None:
        folder.prepare(Config(data=DataFolder(tmp_path_factory.mktemp("web") / "data")))
    found = control.active_config()
    folder.prepare(found)
    return found


@pytest.fixture(scope="session", autouse=True)
def quick_passwords(config: Config) -> Iterator[None]:
    """A password takes half a second with Django's own hasher, as it should, and nothing here is about that."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """The embedded engine itself; the pages ask it through the storing process's socket, tests/paths shows that."""
    found = DuckStore(tmp_path_factory.mktemp("rows") / "rows.duckdb", memory="256MB", threads=1)
    found.prepare([*RESOURCES.values(), EVENTS])
    yield found
    found.close()


@pytest.fixture(autouse=True)
def doors(config: Config, store: DuckStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has the databases to itself."""
    from dialboard.web import data

    monkeypatch.setattr(data, "store", lambda: store)
    yield
    from django.contrib.auth.models import User

    from dialboard.control.models import Account, Order

    for model in (Order, Account, User):
        model.objects.all().delete()


@dataclass
class People:
    """Each with a browser that is signed in."""

    alice: Any
    bob: Any
    charlie: Any
    nobody: Any
    account: Any  # Alice's, with Bob
    auth_token: str
    other: Any  # Charlie's


@pytest.fixture
def people(config: Config) -> People:
    from django.contrib.auth.models import User
    from django.test import Client

    from dialboard.control import accounts, sign_in

    account, _credential, auth_token = accounts.create("Northwind", tokens=1000)
    other, _, _ = accounts.create("Southwind", tokens=10)
    browsers = {}
    for name, where, role in (("alice", account, "owner"), ("bob", account, "member"), ("charlie", other, "owner")):
        user = User.objects.create(username=name, email=f"{name}@example.com")
        sign_in.join(where, user, role)
        browsers[name] = Client(headers={"host": "localhost"})
        browsers[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return People(
        **browsers, nobody=Client(headers={"host": "localhost"}), account=account, auth_token=auth_token, other=other
    )


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def data_folder(config: Config) -> Path:
    return config.data.path


@dataclass
class Things:
    """One of each, all Alice's: ids by the name they have in addresses."""

    ids: dict[str, str]


@pytest.fixture
def things(people: People, config: Config) -> Things:
    from dialboard.control import connections, destinations
    from dialboard.twilio.account import TwilioAccount
    from tests.web import world

    account = people.account
    board = account.boards.get()
    twilio = TwilioAccount(world.TWILIO, "SK" + "b" * 32, "secret")
    destination = destinations.add(
        account, "google-analytics", settings={"measurement_id": "G-AB12CD34EF"}, secret="s3cret", alias="UA-12345-1"
    )
    event = world.make_event(account.pk, datetime.now(UTC), 1)
    world.send_events(config, account, [event])
    return Things(
        ids={
            "account": account.pk,
            "board": board.pk,
            "tile": board.tiles.first().pk,
            "connection": connections.add(account, twilio, name="Main").pk,
            "destination": destination.pk,
            "event": event.id,
            "credential": account.credentials.first().pk,
        }
    )
