"""`dialboard query` about events holds every one that was kept before it was asked, whoever has to absorb them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialboard.shapes.event import Grant
from dialboard.shapes.ids import new_id
from tests.cli.run import ok
from tests.journal.conftest import event
from tests.paths.running import Server, a_call, serving
from tests.run.conftest import Told

DAY = timedelta(days=1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def auth(data: Path) -> dict[str, str]:
    made: dict[str, str] = ok("account", "create", "Alice", "--unmetered", data=data)
    return made


def tell(server: Server, auth: dict[str, str], count: int) -> datetime:
    """When the last of them was sent."""
    for number in range(count):
        sent_at = datetime.now(UTC)
        assert server.track(**a_call(auth, path=f"/voice/{number}")).status_code == 200
    return sent_at


def counted(data: Path, up_to: datetime) -> int:
    """How many events the answer has, in which the time `up_to` is no gap."""
    first, last = (up_to - DAY).date(), (up_to + DAY).date()
    answer = ok("query", "tracked_events", "--account", "Alice", "--from", f"{first}", "--until", f"{last}", data=data)
    gaps = [(datetime.fromisoformat(gap["from"]), datetime.fromisoformat(gap["until"])) for gap in answer["gaps"]]
    assert not [gap for gap in gaps if gap[0] <= up_to < gap[1]], (up_to, gaps)
    return int(answer["total"])


def test_events_are_in_the_answer_at_once_beside_a_server_and_after_its_end(data: Path, auth: dict[str, str]) -> None:
    with serving(data) as server:
        assert counted(data, tell(server, auth, 3)) == 3
        last = tell(server, auth, 2)
    assert counted(data, last) == 5
    killed = Server(data).start()
    last = tell(killed, auth, 2)
    killed.kill_supervisor()
    assert counted(data, last) == 7


def test_events_are_in_the_answer_where_nobody_ever_absorbed_any(data: Path, auth: dict[str, str]) -> None:
    told = Told(data / "events.db")
    try:
        told.wait(told.journal.grant(Grant(new_id("grt"), auth["account"], None)))
        for _ in range(2):
            last = datetime.now(UTC)
            told.wait(told.journal.append(event(auth["account"], received_at=last)))
    finally:
        told.close()
    assert counted(data, last) == 2
