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


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    """The embedded engine itself; the pages ask it through the storing process's socket, tests/paths shows that."""
    found = DuckStore(tmp_path_factory.mktemp("rows") / "rows.duckdb", memory="256MB", threads=1)
    found.prepare([*RESOURCES.values(), EVENTS])
    yield found
    found.close()


@pytest.fixture(autouse=True)
def doors(config: Config, store: DuckStore, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[None]:
    from dialboard.web import data

    monkeypatch.setattr(data, "store", lambda: store)
    with django_db_blocker.unblock():
        yield
    from django.contrib.auth.models import User

    from dialboard.control.models import Account, Order

    with django_db_blocker.unblock():
        Order.objects.all().delete()
        Account.objects.all().delete()
        User.objects.all().delete()


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
        user = User.objects.create_user(name, f"{name}@example.com", "correct horse battery")
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
