"""Every answer is asked of two stores: the embedded engine and the one in plain Python."""

import pytest

from dialboard.shapes.tracker import EVENTS
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.resources import RESOURCES
from tests.measure.memory_store import MemoryStore

ALL = {**RESOURCES, EVENTS.name: EVENTS}


@pytest.fixture(params=["memory", "duckdb"])
def store(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else DuckStore(tmp_path / "rows.duckdb", threads=1)
    store.prepare(list(ALL.values()))
    yield store
    store.close()
