"""The note in the data folder that tells the supervisor whether the demo process should run, and it what to play."""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from dialboard.config import DataFolder
from dialboard.run import locks

_NAME = "sample.json"
_PLAYED = "sample.played"


class Note(Struct, frozen=True):
    account: str
    began: datetime  # the played world is the same after each restart


def put(data: DataFolder, account: str) -> None:
    """Notes the sample account; one that is noted already stays as it is."""
    noted = read(data)
    if noted is None or noted.account != account:
        note = Note(account, datetime.now(UTC).replace(microsecond=0))
        locks.replace(data, _NAME, msgspec.json.encode(note))


def read(data: DataFolder) -> Note | None:
    """None when there is no sample."""
    try:
        return msgspec.json.decode((data.run / _NAME).read_bytes(), type=Note)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def is_there(data: DataFolder) -> bool:
    return (data.run / _NAME).exists()


def say_played(data: DataFolder, played: bool) -> None:
    """By the demo process: whether the connection leads to it. Its addresses are others after each start."""
    if played:
        (data.run / _PLAYED).touch()
    else:
        (data.run / _PLAYED).unlink(missing_ok=True)


def is_played(data: DataFolder) -> bool:
    """False while the demo process starts, and after it was killed."""
    return (data.run / _PLAYED).exists() and not locks.is_free(locks.folder(data) / "demo.lock")


def remove(data: DataFolder) -> None:
    (data.run / _NAME).unlink(missing_ok=True)
