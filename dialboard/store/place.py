"""Where the storing process listens: beside its file, or where a socket's address is short enough."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from dialboard.errors import DataFolderError

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
