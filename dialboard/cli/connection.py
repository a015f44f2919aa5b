"""dialboard connection: Twilio accounts that are synced."""

from typing import Any

import click

from dialboard.cli import asked, given, shown
from dialboard.cli.given import account_option


@click.group()
def connection() -> None:
    """Connections: the Twilio accounts that are synced."""


@connection.command()
@account_option()
@click.option("--account-sid", required=True, metavar="AC...", help="The Twilio account's SID.")
@click.option("--key-sid", required=True, metavar="SK...", help="The API key's SID.")
@click.option(
    "--key-secret-file", required=True, metavar="FILE", help="A file with its secret; - reads standard input."
)
@click.option("--name", metavar="NAME", help="What to call it; the account's name otherwise.")
@click.option("--keep-bodies", is_flag=True, help="Keep what messages say; only their length is kept otherwise.")
@click.option("--base-url", metavar="URL", help="One base for all of Twilio's hosts: a sandbox, a test.")
def add(
    account: str,
    account_sid: str,
    key_sid: str,
    key_secret_file: str,
    name: str | None,
    keep_bodies: bool,
    base_url: str | None,
) -> None:
    """Connect a Twilio account with an API key; the key is tried first."""
    secret = given.secret("--key-secret-file", key_secret_file)
    asked.prepared()
    from dialboard.control import connections, finding

    owner = finding.account(account)
    twilio = connections.described(account_sid, key_sid, secret, base_url)
    connections.check(twilio)
    made = connections.add(owner, twilio, name=name, keep_bodies=keep_bodies)
    shown.show(
        {"connection": made.id, **_described(made)},
        f"{made.name} ({made.id}) is connected: dialboard sync --connection {made.id}",
    )


@connection.command("list")
@account_option()
def list_(account: str) -> None:
    """An account's connections."""
    asked.prepared()
    from dialboard.control import finding

    items = [_described(row) for row in finding.account(account).connections.all()]
    columns = ("name", "id", "accountSid", "enabled", "checkedAt", "problem")
    shown.show_list("connections", items, columns, "It has no connection.")


@connection.command()
@click.argument("connection")
@account_option(required=False)
def remove(connection: str, account: str | None) -> None:
    """Remove a connection, by its id or unique name. What was synced stays."""
    asked.prepared()
    from dialboard.control import connections

    found = find(connection, account)
    connection_id, name = found.id, found.name
    connections.remove(found)
    shown.show({"connection": connection_id, "name": name}, f"{name} is removed; what it synced stays.")


def find(text: str, account: str | None) -> Any:
    """The connection of that id or name, in the account or in all. Raises UsageError when several have the name."""
    from dialboard.control import finding
    from dialboard.control.models import Connection

    rows = finding.account(account).connections.all() if account else Connection.objects.all()
    named = rows.filter(name__iexact=text)
    if named.count() > 1:
        raise click.UsageError(f"{named.count()} accounts have a connection {text!r}: give its id, or --account.")
    return finding.find(rows, text, "connection")


def _described(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "accountSid": row.account_sid,
        "keySid": row.key_sid,
        "baseUrl": row.base_url,
        "keepBodies": row.keep_bodies,
        "enabled": row.enabled,
        "createdAt": shown.instant(row.created_at),
        "checkedAt": shown.instant(row.checked_at),
        "problem": row.problem,
    }
