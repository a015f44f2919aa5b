"""A storing process for commands while no server runs: `python -m dialboard.cli.storing FOLDER MEMORY`.

It ends when its standard input closes, which the kernel does for a command that was killed, and gives way when a server
starts.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from dialboard.config import DataFolder
from dialboard.errors import DialboardError
from dialboard.run import locks
from dialboard.store.server import serve

TROUBLE = 3  # its exit code when the file cannot be opened, however often it is tried
LOOK_S = 0.2  # how often it looks for a server


def main(folder: str, memory: str) -> int:
    """0 also when another process was first to own the file; TROUBLE after saying why nobody can own it."""
    data = DataFolder(Path(folder))
    stop = threading.Event()
    threading.Thread(target=_until_closed, args=(stop,), daemon=True).start()
    threading.Thread(target=_until_a_server, args=(data, stop), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command; it still has to finish its last write
    try:
        with locks.held(locks.folder(data) / "storing.lock", "a command's store", holder="The store is owned by"):
            serve(data.rows, data.rows_socket, memory=memory, stop=stop)
    except DialboardError as error:
        if locks.is_free(locks.folder(data) / "storing.lock"):
            sys.stderr.write(error.sentence + "\n")
            return TROUBLE
    return 0


def _until_closed(stop: threading.Event) -> None:
    # Not through sys.stdin: its buffer is locked while a thread waits in it, and the interpreter could not end.
    while os.read(0, 1):
        pass
    stop.set()


def _until_a_server(data: DataFolder, stop: threading.Event) -> None:
    server = locks.folder(data) / "serve.lock"
    while locks.is_free(server) and not stop.wait(LOOK_S):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
