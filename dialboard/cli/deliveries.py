"""dialboard deliveries: what became of each event at each destination."""

from typing import Any

import click

from dialboard.cli import asked, shown
from dialboard.cli.given import LIMIT, account_option
from dialboard.shapes.delivery import Delivery, State


@click.group()
def deliveries() -> None:
    """Deliveries: what became of each event at each destination."""


@deliveries.command("list")
@account_option()
@click.option("--state", metavar="STATE", help="waiting, delivered, uncertain or dead; all without it.")
@click.option("--destination", metavar="DESTINATION", help="Its id or its name.")
@click.option("--limit", type=LIMIT, metavar="N", help="Of the newest N; all without it.")
def list_(account: str, state: str | None, destination: str | None, limit: int | None) -> None:
    """An account's deliveries, those of the newest events first."""
    wanted = _state(state)
    config = asked.prepared()
    from dialboard.control import finding
    from dialboard.deliver.outcomes import open_outcomes

    owner = finding.account(account)
    names = {row.id: row.name for row in owner.destinations.all()}
    to = finding.find(owner.destinations.all(), destination, "destination").id if destination is not None else None
    outcomes = open_outcomes(config.outcomes, read_only=True)
    try:
        found = outcomes.latest(owner.id, limit=limit, state=wanted, destination=to)
    finally:
        outcomes.close()
    items = [_described(one, names) for one in found]
    columns = ("sequence", "name", "state", "attempts", "updatedAt", "reason", "detail")
    shown.show_list("deliveries", items, columns, "There is no such delivery.")


@deliveries.command()
@account_option()
@click.option("--destination", required=True, metavar="DESTINATION", help="Its id or its name.")
@click.option("--from", "first", type=click.IntRange(min=1), default=1, metavar="N", help="The first event's number.")
@click.option(
    "--until", type=click.IntRange(min=1), metavar="N", help="The number after the last one's; all without it."
)
def replay(account: str, destination: str, first: int, until: int | None) -> None:
    """Deliver what a destination never took, what is dead, and what was left uncertain; the server does it."""
    config = asked.prepared()
    from dialboard import journal
    from dialboard.control import finding, orders

    owner = finding.account(account)
    to = finding.find(owner.destinations.all(), destination, "destination")
    reader = journal.open_reader(config.journal)
    try:
        newest = max((entry.sequence for entry in reader.latest(owner.id, 1)), default=0)
    finally:
        reader.close()
    end = min(until or newest + 1, newest + 1)
    if first >= end:
        raise click.UsageError(f"--from {first}: there is no event to deliver; the newest has the number {newest}.")
    order = orders.give("replay", owner, {"destination": to.id, "from_sequence": first, "until_sequence": end})
    shown.show(
        {"order": order.id, "destination": to.id, "from": first, "until": end},
        f"What {to.name} did not take of the events {first} to {end - 1} goes there ({order.id}): "
        "see `dialboard deliveries list`.",
    )


def _state(text: str | None) -> State | None:
    if text is None:
        return None
    try:
        return State(text)
    except ValueError:
        raise click.UsageError(f"--state {text!r}: expected {', '.join(State)}.") from None


def _described(one: Delivery, names: dict[str, str]) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "event": one.event,
        "destination": one.destination,
        "name": names.get(one.destination, one.destination),
        "state": one.state,
        "attempts": one.attempts,
        "updatedAt": shown.instant(one.updated_at),
        "nextTryAt": shown.instant(one.next_try_at),
        "reason": one.reason,
        "detail": one.detail,
    }
