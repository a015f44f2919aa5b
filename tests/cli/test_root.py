"""Every command that is written can be called."""

from importlib import import_module
from pathlib import Path

import click
import pytest

import dialboard.cli as room
from dialboard.cli.root import root

FILES = sorted(file.stem for file in Path(room.__file__).parent.glob("*.py") if file.stem != "__init__")


def reachable(command: click.Command) -> set[object]:
    """The functions of a command and of all below it."""
    found: set[object] = {command.callback}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= reachable(below)
    return found


@pytest.mark.parametrize("file", FILES)
def test_the_commands_of_a_file_lead_from_the_root(file: str) -> None:
    written = [one for one in vars(import_module(f"dialboard.cli.{file}")).values() if isinstance(one, click.Command)]
    lost = [one.name for one in written if one.callback not in reachable(root)]
    assert not lost, f"COMMANDS in dialboard/cli/root.py lacks {lost} of {file}.py"
