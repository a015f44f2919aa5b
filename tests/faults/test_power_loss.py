"""The power goes off in mid-ingest: what had been acknowledged is there, and the ledger adds up.

Every write and fsync of the journal's files is recorded (sqlite_recorder.py). A disk after the power loss is made of
what had been fsynced when the power went off; what had only been written is lost, or has partly arrived, in any order.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from dialboard.journal import open_journal, open_reader
from tests.faults.sqlite_recorder import Operation

CUTS = 24
EVENTS = 2_000

Image = dict[str, bytearray]


def record(folder: Path, *overruled: str) -> list[Operation]:
    """What SQLite did to its files while EVENTS events were sent and answered, with the product's own settings or with
    a `synchronous` that overrules it."""
    command = [sys.executable, "-m", "tests.faults.sqlite_recorder", str(folder / "events.db"), str(folder / "record")]
    subprocess.run(
        [*command, str(EVENTS), *overruled], check=True, timeout=60, cwd=Path(__file__).parents[2], capture_output=True
    )
    return msgspec.msgpack.decode((folder / "record").read_bytes(), type=list[Operation])


def after_power_loss(operations: list[Operation], arrives: Callable[[], bool]) -> Image:
    """The files as the disk has them: what was fsynced, and of the rest what `arrives` lets through."""
    image: Image = {}
    pending: dict[str, list[Operation]] = {}
    for operation in operations:
        if operation.kind == "delete":
            image.pop(operation.path, None)
            pending.pop(operation.path, None)
        elif operation.kind == "sync":
            for one in pending.pop(operation.path, []):
                apply(image, one)
        elif operation.kind != "answered":
            pending.setdefault(operation.path, []).append(operation)
    for operation in (one for waiting in pending.values() for one in waiting):
        if arrives():
            apply(image, operation)
    return image


def apply(image: Image, operation: Operation) -> None:
    content = image.setdefault(operation.path, bytearray())
    if operation.kind == "truncate":
        del content[operation.offset :]
    else:
        content.extend(bytes(max(0, operation.offset - len(content))))
        content[operation.offset : operation.offset + len(operation.data)] = operation.data


def cut_points(operations: list[Operation]) -> list[int]:
    """Spread evenly over the time in which answers were given, each at another place of a commit."""
    first = next(at for at, operation in enumerate(operations) if operation.kind == "answered")
    dice = random.Random(2011)
    step = (len(operations) - first) / CUTS
    return [first + int(step * number + dice.random() * step) for number in range(CUTS)]


def lost(operations: list[Operation], folder: Path, arrives: Callable[[], bool]) -> set[str]:
    """The acknowledged events that are missing after the power loss; the journal opens and its ledger adds up."""
    folder.mkdir()
    for path, content in after_power_loss(operations, arrives).items():
        (folder / Path(path).name).write_bytes(content)
    where = str(folder / "events.db")
    asyncio.run(open_and_close(where))
    reader = open_reader(where)
    there = {entry.event.id for entry in reader.read(0, 10 * EVENTS)}
    balance = reader.balance("acc_alice")
    assert balance.debited == len(there) == reader.count("acc_alice")
    assert balance.tokens == balance.granted - balance.debited
    reader.close()
    return {operation.event for operation in operations if operation.kind == "answered"} - there


async def open_and_close(where: str) -> None:
    journal = await open_journal(where)
    assert journal.can_append()
    await journal.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Operation]:
    return record(tmp_path_factory.mktemp("shipped"))


def test_the_record_tells_the_whole_story(recorded: list[Operation]) -> None:
    """Replayed to its end the record gives the journal itself; and cuts fall inside commits and checkpoints."""
    kinds = [operation.kind for operation in recorded]
    assert kinds.count("answered") == EVENTS // 16 * 16
    assert {"write", "sync"} <= set(kinds)
    assert {Path(operation.path).name for operation in recorded if operation.path} >= {"events.db", "events.db-wal"}
    assert any(recorded[at].kind == "write" for at in cut_points(recorded))


def test_only_fsynced_bytes_survive_and_nothing_acknowledged_is_missing(
    recorded: list[Operation], tmp_path: Path
) -> None:
    for number, cut in enumerate(cut_points(recorded)):
        assert lost(recorded[:cut], tmp_path / str(number), lambda: False) == set(), f"cut {number} at {cut}"


def test_half_of_what_was_only_written_arrives_and_nothing_acknowledged_is_missing(
    recorded: list[Operation], tmp_path: Path
) -> None:
    dice = random.Random(1)
    for number, cut in enumerate(cut_points(recorded)):
        missing = lost(recorded[:cut], tmp_path / str(number), lambda: dice.random() < 0.5)
        assert missing == set(), f"cut {number} at {cut}"


def test_without_an_fsync_a_commit_the_same_power_loss_takes_acknowledged_events(tmp_path: Path) -> None:
    """Shows that the tests above can fail: NORMAL is what the journal would have without its own setting, FULL."""
    operations = record(tmp_path, "NORMAL")
    cuts = enumerate(cut_points(operations))
    assert any(lost(operations[:cut], tmp_path / str(number), lambda: False) for number, cut in cuts)
