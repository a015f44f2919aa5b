"""dialboard person: who may see an account."""

import click

from dialboard.cli import asked, running, shown
from dialboard.cli.given import account_option


@click.group()
def person() -> None:
    """People: who may see an account (member) or change it too (owner)."""


@person.command()
@click.argument("name")
@account_option()
@click.option(
    "--role", type=click.Choice(["member", "owner"]), help="What they may do; a new person is a member without it."
)
def add(name: str, account: str, role: str | None) -> None:
    """Let a person into an account, or give them another role there; prints a link that signs them in once."""
    config = asked.prepared()
    from dialboard.control import finding, people, sign_in

    member = people.add(finding.account(account), name, role)
    link = sign_in.make_link(member.user, running.address(config))
    called = member.user.username
    shown.show({"person": called, "name": called, "role": member.role, "link": link}, f"{called} signs in with {link}")


@person.command("list")
@account_option()
def list_(account: str) -> None:
    """Who may see an account."""
    asked.prepared()
    from dialboard.control import finding

    members = finding.account(account).members.select_related("user").order_by("user__username")
    items = [
        {"name": one.user.username, "role": one.role, "lastSignIn": shown.instant(one.user.last_login)}
        for one in members
    ]
    shown.show_list("people", items, ("name", "role", "lastSignIn"), "Nobody may see it.")


@person.command()
@click.argument("name")
@account_option()
def remove(name: str, account: str) -> None:
    """Take a person out of an account; in force at once."""
    asked.prepared()
    from dialboard.control import finding, people

    gone = people.remove(finding.account(account), name)
    shown.show({"person": gone}, f"{gone} cannot see it any more.")
