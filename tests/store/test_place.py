import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialboard.errors import DataFolderError
from dialboard.store.place import LONGEST, check_folder, socket_path


def test_the_socket_is_beside_the_file(tmp_path: Path) -> None:
    assert socket_path(tmp_path) == tmp_path.resolve() / "rows.sock"


def test_the_address_is_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    assert socket_path("data") == socket_path(tmp_path / "data") == socket_path("link/../link")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the system's with a path as short as /run/user/1000, which those of tests need not have."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def test_a_long_folder_gets_a_short_address_of_its_own(short: Path) -> None:
    one, other = (socket_path(Path("/") / ("long" * 30) / name) for name in ("a", "b"))
    assert one != other
    assert one == socket_path(Path("/") / ("long" * 30) / "a")
    assert len(os.fsencode(one)) <= LONGEST
    assert one.parent == short / f"dialboard-{os.getuid()}"


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    private = tmp_path / f"dialboard-{os.getuid()}"
    private.mkdir()
    private.chmod(0o777)
    with pytest.raises(DataFolderError, match="chmod go-w"):
        socket_path("/" + "long" * 30)


def test_a_link_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(DataFolderError, match="belongs to another user"):
        check_folder(tmp_path / "link")
