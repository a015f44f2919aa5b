"""dialboard credential: authId and authToken pairs for the tracker."""

import click

from dialboard.cli import asked, running, shown
from dialboard.cli.given import account_option


@click.group()
def credential() -> None:
    """Credentials: the authId and authToken that a sender sends."""


@credential.command()
@account_option()
@click.option("--name", required=True, metavar="NAME", help="What it is for: the shop's phone.")
def create(account: str, name: str) -> None:
    """Make a credential; its auth token is shown once and kept nowhere."""
    config = asked.prepared()
    from dialboard.control import credentials, finding

    made, auth_token = credentials.create(finding.account(account), name)
    running.go_by_it(config)
    shown.show(
        {"credential": made.id, "name": made.name, "authId": made.id, "authToken": auth_token},
        f"authId     {made.id}\nauthToken  {auth_token}\nThe authToken is shown this once.",
    )


@credential.command("list")
@account_option()
def list_(account: str) -> None:
    """An account's credentials, the revoked ones too."""
    asked.prepared()
    from dialboard.control import finding

    items = [
        {
            "id": row.id,
            "name": row.name,
            "authId": row.id,
            "createdAt": shown.instant(row.created_at),
            "revokedAt": shown.instant(row.revoked_at),
        }
        for row in finding.account(account).credentials.all()
    ]
    shown.show_list("credentials", items, ("name", "authId", "createdAt", "revokedAt"), "It has no credential.")


@credential.command()
@click.argument("credential")
@account_option(required=False)
def revoke(credential: str, account: str | None) -> None:
    """Revoke a credential, by its authId, or by its name with --account; in force when it returns."""
    config = asked.prepared()
    from dialboard.control import credentials, finding
    from dialboard.control.models import Credential

    rows = finding.account(account).credentials.all() if account else Credential.objects.filter(id=credential)
    found = finding.find(rows.order_by("revoked_at"), credential, "credential")
    credentials.revoke(found)
    running.go_by_it(config)
    shown.show({"credential": found.id, "name": found.name}, f"{found.name} ({found.id}) is revoked.")
