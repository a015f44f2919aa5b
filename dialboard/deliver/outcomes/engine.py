"""What the record needs of a database. Statements are written with "?" and mean the same on both engines."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import Any, Protocol

from dialboard.errors import DataFolderError, WrittenByNewer

MIGRATIONS = ("001.sql",)


class Run(Protocol):
    """Runs a statement for each row of values, in the transaction it belongs to; how many rows it changed."""

    def __call__(self, sql: str, rows: Sequence[Sequence[Any]] = ((),)) -> int: ...


class Database(Protocol):
    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Any]: ...
    def transaction(self) -> AbstractContextManager[Run]: ...
    def claim(self) -> bool: ...
    def migrate(self) -> None: ...
    def check(self) -> None: ...
    def backup(self, path: str) -> None: ...
    def close(self) -> None: ...


def check_version(found: int, what: str) -> None:
    if found > len(MIGRATIONS):
        raise WrittenByNewer(f"{what} was written by a newer version of Dialboard: use that version or newer.")
    if found < len(MIGRATIONS):
        raise DataFolderError(f"{what} is not prepared for this version of Dialboard: start it with `dialboard serve`.")


def statements(name: str) -> list[str]:
    text = (files("dialboard.deliver") / "schema" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("--")]
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
