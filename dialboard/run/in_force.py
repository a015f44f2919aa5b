"""The number of what people decided that serving goes by, noted in the data folder: so that a command returns when what
it changed is in force, and what follows it in a script may rely on that."""

import time

from dialboard.config import DataFolder
from dialboard.run import locks

_NAME = "in-force"
LOOK_S = 0.01
PATIENCE_S = 2.0  # serving looks every 0.2 s; where it does not, the change is in force when it does


def note(data: DataFolder, number: int) -> None:
    locks.replace(data, _NAME, str(number).encode())


def wait_for(data: DataFolder, number: int) -> None:
    """Returns once the server of this data folder goes by that number or a newer one; at once while none runs."""
    until = time.monotonic() + PATIENCE_S
    while not locks.is_free(locks.folder(data) / "serve.lock") and _noted(data) < number and time.monotonic() < until:
        time.sleep(LOOK_S)


def _noted(data: DataFolder) -> int:
    try:
        return int((locks.folder(data) / _NAME).read_text())
    except (FileNotFoundError, ValueError):
        return -1
