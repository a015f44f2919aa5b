"""Where a process of ours listens for the others: in the data folder, or where a socket's address is short enough."""

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from dialboard.errors import DataFolderError

BACKLOG = 64
LONGEST = 107  # bytes: sun_path has 108 with its end (unix(7), read 2026-11)


def socket_path(folder: str | Path) -> Path:
    """The address for that data folder, the same from every process and working directory.

    A folder whose own path is too long for a socket gets one in a private folder of this user. Raises DataFolderError
    when somebody else holds that folder.
    """
    path = Path(folder).resolve() / "rows.sock"
    if len(os.fsencode(path)) <= LONGEST:
        return path
    private = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"dialboard-{os.getuid()}"
    if private.exists():
        check_folder(private)
    return private / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.sock"


def check_folder(folder: Path) -> None:
    """DataFolderError when somebody else could put their own socket there."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise DataFolderError(
            f"{folder} belongs to another user: remove it, or set XDG_RUNTIME_DIR to your own folder."
        )
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise DataFolderError(f"Others may write to {folder}: take that right away with `chmod go-w {folder}`.")


def listen(path: Path) -> socket.socket:
    """A socket there that only this user may open; a killed process may have left one. Raises DataFolderError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_folder(path.parent)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        os.chmod(path, 0o600)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise DataFolderError(f"Dialboard cannot listen at {path}: {error.strerror or error}.") from error
    return listener
