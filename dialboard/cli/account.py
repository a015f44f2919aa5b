"""dialboard account: tenants, and the tokens they have."""

from typing import TYPE_CHECKING

import click

from dialboard.cli import asked, running, shown
from dialboard.config import Config

if TYPE_CHECKING:
    from dialboard.journal.door import Balance


@click.group()
def account() -> None:
    """Accounts: who tracks and measures here; nothing is shared between them."""


@account.command()
@click.argument("name")
@click.option("--tokens", type=click.IntRange(min=0), metavar="N", help="How many requests it may track; default 0.")
@click.option("--unmetered", is_flag=True, help="It may track without end.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="Where its days begin: Europe/Berlin.")
def create(name: str, tokens: int | None, unmetered: bool, zone: str) -> None:
    """Make an account, with a first credential for the tracker and the Overview board.

    The auth token is shown once and kept nowhere.
    """
    given = _given_tokens(tokens, unmetered, default=0)
    config = asked.prepared()
    from dialboard.control import accounts, sign_in

    made, credential, auth_token = accounts.create(name, given, zone)
    sign_in.join(made, sign_in.owner())
    running.go_by_it(config)
    document = {"account": made.id, "name": made.name, "authId": credential.id, "authToken": auth_token}
    shown.show(
        document,
        f"The account {made.name} is {made.id}. Its sender sends\n"
        f"  authId     {credential.id}\n  authToken  {auth_token}\n"
        f"The authToken is shown this once. The tracker: {running.address(config)}/2011-1-1/twilio-tracker",
    )


@account.command()
@click.argument("account")
@click.option("--tokens", type=click.IntRange(min=0), metavar="N", help="How many more.")
@click.option("--unmetered", is_flag=True, help="It may track without end from now on.")
def grant(account: str, tokens: int | None, unmetered: bool) -> None:
    """Give an account more tokens; in force when it returns."""
    given = _given_tokens(tokens, unmetered, default=None)
    config = asked.prepared()
    from dialboard.control import accounts, finding

    made = accounts.grant(finding.account(account), given, note="granted on the command line")
    running.go_by_it(config)
    what = "is unmetered" if given is None else f"has {given:,} more tokens"
    shown.show({"grant": made.id, "account": made.account_id, "tokens": given}, f"{made.account.name} {what}.")


@account.command("list")
def list_() -> None:
    """The accounts and what they have left."""
    config = asked.prepared()
    from dialboard.control.models import Account

    balances = _balances(config, [row.id for row in Account.objects.all()])
    items = [
        {
            "id": row.id,
            "name": row.name,
            "zone": row.zone,
            "tokens": None if balances[row.id].unmetered else balances[row.id].tokens,
            "unmetered": balances[row.id].unmetered,
            "sample": row.is_sample,
            "createdAt": shown.instant(row.created_at),
        }
        for row in Account.objects.all()
    ]
    columns = ("name", "id", "zone", "tokens", "unmetered", "sample")
    shown.show_list("accounts", items, columns, "There is no account yet: dialboard account create NAME")


def _given_tokens(tokens: int | None, unmetered: bool, default: int | None) -> int | None:
    """None: unmetered."""
    if unmetered and tokens is not None:
        raise click.UsageError("--tokens and --unmetered exclude each other: give one of them.")
    if unmetered:
        return None
    if tokens is None and default is None:
        raise click.UsageError("Give --tokens N or --unmetered.")
    return default if tokens is None else tokens


def _balances(config: Config, accounts: list[str]) -> dict[str, "Balance"]:
    """What the journal says, and what was granted and not applied yet because no server runs."""
    from dialboard import journal
    from dialboard.control import publish
    from dialboard.journal.door import Balance

    reader = journal.open_reader(config.journal)
    try:
        balances = {account: reader.balance(account) for account in accounts}
        waiting = [grant for grant in publish.grants_after(0) if not reader.is_granted(grant.id)]
    finally:
        reader.close()
    for grant in waiting:
        known = balances[grant.account]
        more = grant.tokens or 0
        unmetered = known.unmetered or grant.tokens is None
        balances[grant.account] = Balance(known.tokens + more, unmetered, known.granted + more, known.debited)
    return balances
