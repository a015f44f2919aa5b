"""dialboard backup: one archive of the data folder, while it serves."""

from pathlib import Path

import click

from dialboard.cli import asked, shown
from dialboard.config import Config


@click.command()
@click.argument("file")
@click.option(
    "--with-keys", "keys_file", metavar="FILE", help="Write the keys of the stored secrets into this file too."
)
def backup(file: str, keys_file: str | None) -> None:
    """Write everything into one archive. The keys are not in it: keep them elsewhere."""
    config = asked.prepared()
    from dialboard.control import backup as backups

    if config.store_url:
        made = backups.write(config, Path(file), None, keys_file=Path(keys_file) if keys_file else None)
    else:
        from dialboard.cli.store import opened

        with opened(config) as store:
            made = backups.write(config, Path(file), store, keys_file=Path(keys_file) if keys_file else None)
    apart = f" The keys are in {keys_file}." if keys_file else " The keys are not in it (--with-keys FILE)."
    servers = _elsewhere(made.elsewhere, config)
    document = {"file": str(made.file), "bytes": made.size, "parts": made.parts, "elsewhere": made.elsewhere}
    shown.show(document | {"keys": keys_file}, f"{made.file} has {made.size:,} bytes.{apart}{servers}")


def _elsewhere(names: list[str], config: Config) -> str:
    """What is not in the archive because it is on a server, and how to copy it there."""
    if not names:
        return ""
    tools = {
        "pg_dump (deliveries first, then events, then control)": config.deliveries_url
        or config.journal_url
        or config.control_url,
        "ClickHouse's BACKUP": config.store_url,
    }
    how = " and ".join(tool for tool, is_used in tools.items() if is_used)
    return f" Not in it, because it is on a server: {', '.join(names)}. Copy that with {how}."
