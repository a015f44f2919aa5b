"""What every command may be told, before its words and behind them: --data and --json."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from dialboard.config import BadValue, Config, DataFolder
from dialboard.errors import BadSetting


@dataclass
class Asked:
    data: str | None = None
    json: bool = False


def put_everywhere(command: click.Command) -> click.Command:
    """The command with both options, and so has each of its commands. Twice does no harm."""
    if not any(parameter.name == "everywhere_data" for parameter in command.params):
        command.params += [_data_option(), _json_option()]
    if isinstance(command, click.Group):
        for one in command.commands.values():
            put_everywhere(one)
    return command


def wants_json() -> bool:
    return _asked(click.get_current_context()).json


def config(**changes: object) -> Config:
    """The settings of the environment with what the command line says instead. Raises UsageError."""
    data = _asked(click.get_current_context()).data
    folder = DataFolder(Path(data).absolute()) if data else None
    try:
        return Config.from_environ().with_(data=folder, **changes)
    except BadValue as error:
        raise BadSetting(*error.args) from error


def prepared() -> Config:
    """The settings, with the data folder made or brought up to date and Django ready. Raises DataFolderError.

    Only after it may anything of `control` that has to do with models be imported.
    """
    from dialboard.control.folder import prepare

    asked = config()
    prepare(asked)
    return asked


def _asked(ctx: click.Context) -> Asked:
    return ctx.find_root().ensure_object(Asked)


def _data_option() -> click.Option:
    return click.Option(
        ["--data", "everywhere_data"],
        metavar="DIR",
        expose_value=False,
        callback=_note_data,
        help="The data folder; DIALBOARD_DATA, or else ./dialboard-data.",
    )


def _json_option() -> click.Option:
    return click.Option(
        ["--json", "everywhere_json"],
        is_flag=True,
        expose_value=False,
        callback=_note_json,
        help="One JSON document on stdout and nothing else there.",
    )


def _note_data(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is not None:
        if not value.strip() or "\0" in value:
            raise click.BadParameter("give a folder.", ctx, parameter)
        _asked(ctx).data = value


def _note_json(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        _asked(ctx).json = True
