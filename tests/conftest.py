"""Fixtures that every room may use."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

pytest_plugins = ["tests.servers.postgres", "tests.servers.clickhouse"]


@pytest.fixture(scope="session", autouse=True)
def django_database(django_db_blocker: Any) -> Iterator[None]:
    """pytest-django guards a database of its own making. Ours is in a data folder that the program itself prepared."""
    # None while nothing has set Django up: a room that knows no Django, run alone.
    with django_db_blocker.unblock() if django_db_blocker else nullcontext():
        yield
