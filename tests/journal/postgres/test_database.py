"""What the address of a PostgreSQL tells."""

import pytest

from dialboard.journal import has_neighbour

HERE = ["localhost/j", "127.0.0.1:5432/j", "[::1]/j", "/j?host=/run/postgresql", "/j", "db,localhost/j"]


@pytest.mark.parametrize("place", HERE)
def test_a_server_on_this_machine_is_a_neighbour(place):
    assert has_neighbour(f"postgresql://dialboard@{place}") and has_neighbour(f"postgres://{place}")


@pytest.mark.parametrize("place", ["db/j", "10.0.0.7/j", "localhost.example.com/j", "localhost/j?nonsense=1"])
def test_one_elsewhere_is_none_nor_is_an_address_that_cannot_be_used(place):
    assert not has_neighbour(f"postgresql://{place}")


def test_a_file_has_no_neighbour(tmp_path):
    assert not has_neighbour(str(tmp_path / "events.db"))
