"""Fixtures that every room may use, and who runs what where there are several workers (`pytest -n 2`)."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent

# Tests that watch a clock: deadlines, kills at a moment, a browser's patience. With several workers they come last, on
# one of them, while the others have nothing to do.
WATCH_A_CLOCK = (
    "browser",
    "cli/test_serve.py",
    "cli/test_store.py",
    "collect/test_http.py",
    "deliver/test_delivering.py",
    "deliver/test_replay.py",
    "faults",
    "journal/test_kill.py",
    "outbound/test_http.py",
    "paths/test_current.py",
    "paths/test_sample.py",
    "run/test_demo.py",
    "run/test_following.py",
    "run/test_scheduling.py",
    "run/test_serving.py",
    "run/test_supervisor.py",
    "store/test_server.py",
    "sync",
    "twilio/test_client.py",
)

pytest_plugins = ["tests.servers.postgres", "tests.servers.clickhouse"]


@pytest.fixture(scope="session", autouse=True)
def django_database(django_db_blocker: Any) -> Iterator[None]:
    """pytest-django guards a database of its own making. Ours is in a data folder that the program itself prepared."""
    # None while nothing has set Django up: a room that knows no Django, run alone.
    with django_db_blocker.unblock() if django_db_blocker else nullcontext():
        yield


def watches_a_clock(file: Path) -> bool:
    """Whether that file, from the repository's root, is one of them."""
    return any(file.is_relative_to(Path(ROOT.name, one)) for one in WATCH_A_CLOCK)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: watches_a_clock(item.path.relative_to(ROOT.parent)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Reading a room's fixtures sets it here; pytest-django would guard the database of a worker that inherits it."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers a file stays on one, for the sake of its fixtures. In the order of collection."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return "clock" if watches_a_clock(Path(file)) else file

    config.option.loadscopereorder = False
    return Scheduling(config, log)
