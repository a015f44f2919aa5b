"""One store of each engine; a test that takes `store` runs on all of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dialboard.store.clickhouse import ClickHouseStore
from dialboard.store.door import Store
from dialboard.store.duckdb import DuckStore
from tests.servers.clickhouse import fresh
from tests.store.sample import ALICE, BOB, CALLS
from tests.store.storing import Storing

ENGINES = ["duckdb", "remote", pytest.param("clickhouse", marks=pytest.mark.clickhouse)]

Open = Callable[[str], Store]


@pytest.fixture(scope="module")
def open_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens an empty store of that engine with the calls prepared; all are closed after the module."""
    with ExitStack() as stack:

        def open_(engine: str) -> Store:
            store = _OPEN[engine](request, tmp_path_factory.mktemp(engine), stack)
            stack.callback(store.close)
            store.prepare([CALLS])
            return store

        yield open_


@pytest.fixture(scope="module")
def opened() -> dict[str, Store]:
    """The engines that this module has opened so far."""
    return {}


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, open_engine: Open, opened: dict[str, Store]) -> Store:
    """A store without anything of Alice and Bob."""
    if request.param not in opened:
        opened[request.param] = open_engine(request.param)
    _empty(opened[request.param])
    return opened[request.param]


def _empty(store: Store) -> None:
    if not isinstance(store, ClickHouseStore):
        store.forget(ALICE)
        store.forget(BOB)
        return
    with store._client() as client:  # where forgetting takes its time
        for (name,) in client.query("SHOW TABLES").result_rows:
            if name not in ("layout", "resources"):
                client.command(f"TRUNCATE TABLE `{name}`")


def _duckdb(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Store:
    return DuckStore(folder / "rows.duckdb", memory="512MB")


def _remote(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Store:
    storing = Storing(folder).start()
    stack.callback(storing.end)
    return storing.store()


def _clickhouse(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Store:
    return ClickHouseStore(fresh(request.getfixturevalue("clickhouse_url")))


_OPEN = {"duckdb": _duckdb, "remote": _remote, "clickhouse": _clickhouse}
