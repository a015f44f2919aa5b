"""The parts of `run` over real stores: a control database of this process, a journal and a store of each test's own."""

import asyncio
import atexit
import shutil
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dialboard import control
from dialboard.config import Config, DataFolder
from dialboard.control import folder
from dialboard.journal import Journal, Reader, migrate, open_journal, open_reader
from dialboard.shapes.tracker import EVENTS
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.resources import RESOURCES

T = TypeVar("T")


def _prepared() -> Config:
    """One process has one configuration: whoever came first made it. Made when this file is read, since test files
    import models at their top."""
    if control._active is None:
        place = Path(tempfile.mkdtemp(prefix="dialboard-run-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        folder.prepare(Config(data=DataFolder(place / "data")))
    return control.active_config()


CONFIG = _prepared()


@pytest.fixture(scope="session")
def config() -> Config:
    return CONFIG


@pytest.fixture
def clean(config: Config) -> Iterator[None]:
    """For tests that decide something: the control database is empty again afterwards."""
    yield
    from django.contrib.auth.models import User

    from dialboard.control.models import Account, Order

    for model in (Order, Account, User):
        model.objects.all().delete()


@pytest.fixture
def alice(clean: None) -> Any:
    """Alice's account."""
    from dialboard.control import accounts

    return accounts.create("Alice & Co", tokens=5)[0]


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckStore]:
    found = DuckStore(tmp_path_factory.mktemp("rows") / "rows.duckdb", memory="256MB", threads=1)
    found.prepare([*RESOURCES.values(), EVENTS])
    yield found
    found.close()


@pytest.fixture
def store(shared_store: DuckStore) -> Iterator[DuckStore]:
    """A store without the cursor of the test before; accounts have ids of their own in every test."""
    yield shared_store
    shared_store.forget("")


class Told:
    """A journal with its loop in a thread, as serving has it, and a reader of it."""

    def __init__(self, path: Path) -> None:
        migrate(str(path))
        self.data = DataFolder(path.parent)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.journal: Journal = self.wait(open_journal(str(path)))
        self.reader: Reader = open_reader(str(path))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.reader.close()
        self.wait(self.journal.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """An empty journal."""
    made = Told(tmp_path / "events.db")
    yield made
    made.close()
