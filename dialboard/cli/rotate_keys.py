"""dialboard rotate-keys: a new key for the stored secrets."""

import click

from dialboard.cli import asked, shown


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt every stored secret with a new key and forget the old one. Works while Dialboard serves."""
    config = asked.prepared()
    from dialboard.control import secrets

    count = secrets.rotate()
    shown.show(
        {"secrets": count},
        f"{count} secrets are encrypted with a new key. Older copies of {config.data.keys} open older backups only.",
    )
