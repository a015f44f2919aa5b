from collections.abc import Iterator

import pytest

from tests.twilio.world import NOW, World, served


@pytest.fixture(scope="module")
def shared_world() -> Iterator[World]:
    with served(World()) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> World:
    """The module's sandbox, behaving well and counting from zero."""
    shared_world.now = NOW
    shared_world.forget()
    return shared_world
