"""dialboard destination: where an account's events go."""

from typing import Any

import click

from dialboard.cli import asked, given, shown
from dialboard.cli.given import account_option


@click.group()
def destination() -> None:
    """Destinations: where an account's events go."""


@destination.command()
@account_option()
@click.option("--kind", required=True, metavar="KIND", help="google-analytics.")
@click.option("--name", metavar="NAME", help="What to call it; it is given a name otherwise.")
@click.option("--alias", metavar="UA-12345-1", help="Take the events whose gaid is this; all events without it.")
@click.option("--measurement-id", metavar="G-XXXX", help="The property's measurement id.")
@click.option("--api-secret-file", metavar="FILE", help="A file with the API secret in it; - reads standard input.")
@click.option("--endpoint", metavar="URL", help="The full collect address: EU, a sandbox, a test.")
def add(
    account: str,
    kind: str,
    name: str | None,
    alias: str | None,
    measurement_id: str | None,
    api_secret_file: str | None,
    endpoint: str | None,
) -> None:
    """Add a destination; it takes events within a second.

    An address given here is the operator's own: plain http, private and loopback addresses are allowed.
    """
    if alias is not None and not alias.strip():
        raise click.UsageError("--alias is empty: leave it out to take every event.")
    if endpoint is not None and not endpoint.strip():
        raise click.UsageError("--endpoint is empty: leave it out to send to the destination's own address.")
    secret = given.secret("--api-secret-file", api_secret_file) if api_secret_file else ""
    settings = {"measurement_id": measurement_id, "endpoint": endpoint}
    asked.prepared()
    from dialboard.control import destinations, finding

    made = destinations.add(
        finding.account(account),
        kind,
        name=name,
        alias=alias,
        settings={key: value for key, value in settings.items() if value is not None},
        secret=secret,
        operator_address=endpoint is not None,
    )
    takes = f"the events with the gaid {made.alias}" if made.alias else "every event"
    shown.show({"destination": made.id, **_described(made)}, f"{made.name} ({made.id}) takes {takes}.")


@destination.command("list")
@account_option()
def list_(account: str) -> None:
    """An account's destinations."""
    asked.prepared()
    from dialboard.control import finding

    items = [_described(row) for row in finding.account(account).destinations.all()]
    shown.show_list("destinations", items, ("name", "id", "kind", "alias", "enabled"), "It has no destination.")


@destination.command()
@click.argument("destination")
@account_option(required=False)
def remove(destination: str, account: str | None) -> None:
    """Remove a destination, by its id, or by its name with --account."""
    asked.prepared()
    from dialboard.control import destinations, finding
    from dialboard.control.models import Destination

    rows = finding.account(account).destinations.all() if account else Destination.objects.filter(id=destination)
    found = finding.find(rows, destination, "destination")
    destination_id, name = found.id, found.name
    destinations.remove(found)
    text = f"{name} is removed; what it was sent stays in the record."
    shown.show({"destination": destination_id, "name": name}, text)


def _described(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "alias": row.alias,
        "settings": row.settings,
        "enabled": row.enabled,
        "createdAt": shown.instant(row.created_at),
    }
