"""dialboard restore: an archive back into an empty data folder."""

from pathlib import Path

import click

from dialboard.cli import asked, shown


@click.command()
@click.argument("file")
@click.option("--keys", "keys_file", metavar="FILE", help="The file that backup --with-keys wrote.")
def restore(file: str, keys_file: str | None) -> None:
    """Bring a backup back into an empty data folder (--data)."""
    config = asked.config()
    from dialboard.control import backup as backups

    made = backups.restore(config, Path(file), keys_file=Path(keys_file) if keys_file else None)
    secrets = (
        "" if keys_file else " Secrets of connections and destinations have to be given again: their keys are new."
    )
    servers = f" Not in it, because it was on a server: {', '.join(made.elsewhere)}." if made.elsewhere else ""
    document = {"data": str(config.data.path), "parts": made.parts, "elsewhere": made.elsewhere}
    shown.show(document | {"keys": keys_file}, f"{config.data.path} is restored.{secrets}{servers}")
