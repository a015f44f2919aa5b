"""The note in the data folder that tells the supervisor whether the demo process should run."""

from dialboard.config import DataFolder
from dialboard.run import locks

_NAME = "sample"


def is_there(data: DataFolder) -> bool:
    return (data.path / "run" / _NAME).exists()


def put(data: DataFolder, account: str) -> None:
    (locks.folder(data) / _NAME).write_text(account)


def account(data: DataFolder) -> str | None:
    """The id of the sample account; None when there is none."""
    try:
        return (locks.folder(data) / _NAME).read_text() or None
    except FileNotFoundError:
        return None


def remove(data: DataFolder) -> None:
    (locks.folder(data) / _NAME).unlink(missing_ok=True)
