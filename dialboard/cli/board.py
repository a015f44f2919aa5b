"""dialboard board: pages of tiles."""

import click

from dialboard.cli import asked, running, shown
from dialboard.cli.given import account_option


@click.group()
def board() -> None:
    """Boards: pages of tiles over an account's metrics."""


@board.command("list")
@account_option()
def list_(account: str) -> None:
    """An account's boards and their addresses."""
    config = asked.prepared()
    base = running.address(config)
    from django.db.models import Count

    from dialboard.control import finding

    items = [
        {
            "id": row.id,
            "name": row.name,
            "tiles": row.tile_count,
            "url": f"{base}/{row.account_id}/boards/{row.id}/",
            "createdAt": shown.instant(row.created_at),
        }
        for row in finding.account(account).boards.annotate(tile_count=Count("tiles"))
    ]
    shown.show_list("boards", items, ("name", "id", "tiles", "url"), "It has no board.")
