"""How new the figures of an account are: what arrives, what is in trouble, and what a board's tiles share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.conftest import People, Things


@pytest.fixture
def freshness(people: People, things: Things) -> Any:
    """The module, of which nobody asked lately."""
    from dialboard.web import freshness

    freshness._found.clear()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    people.account.connections.update(created_at=long_ago)  # else its first sync is due
    return freshness


def _run(people: People, **values: object) -> Any:
    from dialboard.control.models import SyncRun

    now = datetime.now(UTC)
    values = {"resource": "calls", "span_from": now - timedelta(days=1), "span_until": now} | values
    return SyncRun.objects.create(connection=people.account.connections.get(), **values)


def test_a_running_sync_is_data_that_arrives_with_its_rows_counted(freshness: Any, people: People) -> None:
    _run(people, rows=400, pages=1, finished_at=datetime.now(UTC) - timedelta(minutes=3))
    assert (freshness.of(people.account).arriving, freshness.of(people.account).rows) == (False, 0)
    _run(people, rows=2_000, pages=2)
    _run(people, resource="messages", rows=30, pages=1)
    fresh = freshness.of(people.account)
    assert (fresh.arriving, fresh.rows, fresh.look_again_s) == (True, 2_030, 3)


def test_a_sync_without_an_end_is_not_waited_for_for_ever(freshness: Any, people: People) -> None:
    run = _run(people, rows=5)
    run.started_at = datetime.now(UTC) - timedelta(hours=7)
    run.save()
    assert not freshness.of(people.account).arriving


def test_a_new_connection_is_waited_for_until_its_first_sync_has_begun(freshness: Any, people: People) -> None:
    people.account.connections.update(created_at=datetime.now(UTC))
    assert freshness.of(people.account).arriving
    _run(people, finished_at=datetime.now(UTC))
    assert not freshness.of(people.account).arriving


def test_a_connection_with_a_problem_makes_the_dot_bad_unless_it_is_switched_off(
    freshness: Any, people: People
) -> None:
    assert freshness.of(people.account).tone == "good"
    people.account.connections.update(problem="The key is not accepted.")
    assert freshness.of(people.account).tone == "bad"
    people.account.connections.update(enabled=False)
    assert freshness.of(people.account).tone == "good"


def test_nothing_for_a_day_makes_the_dot_so_so(freshness: Any, people: People) -> None:
    assert freshness.of(people.account, datetime.now(UTC) + timedelta(days=2)).tone == "warn"


def test_within_a_second_the_tiles_of_a_board_share_what_was_found(freshness: Any, people: People) -> None:
    found = freshness.lately(people.account)
    assert freshness.lately(people.account) is found
    assert freshness.lately(people.other).stamp != found.stamp  # each account has its own


def test_a_second_later_they_ask_again(
    freshness: Any, people: People, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialboard.control import orders

    before = freshness.lately(people.account)
    orders.give("sync", people.account, {"connection": things.ids["connection"]})
    assert not freshness.lately(people.account).arriving
    monkeypatch.setattr(freshness, "_LATELY_S", 0.0)
    after = freshness.lately(people.account)
    assert after.arriving and after.stamp != before.stamp


def test_the_tiles_of_a_board_that_was_just_loaded_know_what_it_knows(
    freshness: Any, people: People, things: Things
) -> None:
    from dialboard.control import orders

    freshness.lately(people.account)
    orders.give("sync", people.account, {"connection": things.ids["connection"]})
    assert freshness.of(people.account).arriving
    assert freshness.lately(people.account).arriving
