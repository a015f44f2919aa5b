"""The journal's tables as numbered scripts, one folder a database."""

from importlib import resources

from msgspec import Struct

from dialboard.errors import DataFolderError


class Script(Struct, frozen=True):
    number: int
    sql: str


def scripts_after(version: int, database: str) -> list[Script]:
    """What brings a journal at `version` up to date, in order. Raises DataFolderError when it is newer than we are."""
    scripts = sorted(_read_scripts(database), key=lambda script: script.number)
    if version > scripts[-1].number:
        raise DataFolderError(
            f"The journal has schema {version} and this Dialboard knows {scripts[-1].number}: "
            "a newer Dialboard has written it. Start that one, or restore a backup."
        )
    return [script for script in scripts if script.number > version]


def _read_scripts(database: str) -> list[Script]:
    folder = resources.files(__name__) / database
    return [
        Script(int(file.name[:4]), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
