"""Control over a real database: SQLite, or the PostgreSQL of DIALBOARD_TEST_CONTROL_URL (see test_on_postgres)."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialboard import control
from dialboard.config import Config, DataFolder
from dialboard.control import folder


def _prepared() -> Config:
    """One process has one configuration: whoever came first made it. Made when this file is read, since test files
    import models at their top."""
    if control._active is None:
        place = Path(tempfile.mkdtemp(prefix="dialboard-control-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        data = DataFolder(place / "data")
        folder.prepare(Config(data=data, control_url=os.environ.get("DIALBOARD_TEST_CONTROL_URL")))
    return control.active_config()


CONFIG = _prepared()


@pytest.fixture(scope="session")
def config() -> Config:
    return CONFIG


@pytest.fixture(autouse=True)
def clean(config: Config) -> Iterator[None]:
    """Every test has the database to itself."""
    yield
    from django.contrib.auth.models import User

    from dialboard.control.models import Account, Order

    for model in (Order, Account, User):
        model.objects.all().delete()


@pytest.fixture
def alice(config: Config) -> Any:
    """Alice's account."""
    from dialboard.control import accounts

    return accounts.create("Alice & Co", tokens=5)[0]


@pytest.fixture
def charlie(config: Config) -> Any:
    """The account of a stranger."""
    from dialboard.control import accounts

    return accounts.create("Charlie", tokens=5)[0]


@pytest.fixture
def ga4(alice: Any) -> Any:
    from dialboard.control import destinations

    return destinations.add(
        alice, "google-analytics", settings={"measurement_id": "G-AB12CD34EF"}, secret="ga-secret", alias="UA-12345-1"
    )
