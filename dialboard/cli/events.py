"""dialboard events: what senders told the tracker."""

from typing import TYPE_CHECKING, Any

import click

from dialboard.cli import asked, shown
from dialboard.cli.given import LIMIT, account_option

if TYPE_CHECKING:  # the room's drivers take 0.1 s to load, which --help has no need of
    from dialboard.journal.door import Entry


@click.group()
def events() -> None:
    """Events: what senders told the tracker."""


@events.command("list")
@account_option()
@click.option("--limit", type=LIMIT, metavar="N", help="The newest N; all without it.")
def list_(account: str, limit: int | None) -> None:
    """An account's events, newest first."""
    config = asked.prepared()
    from dialboard import journal
    from dialboard.control import finding

    owner = finding.account(account)
    reader = journal.open_reader(config.journal)
    try:
        items = [_described(entry) for entry in reader.latest(owner.id, limit)]
    finally:
        reader.close()
    columns = ("sequence", "receivedAt", "gaid", "visitorId", "c.name", "path")
    shown.show_list("events", items, columns, "It has no event: dialboard send-sample plays a sender.")


def _described(entry: "Entry") -> dict[str, Any]:
    """Under the names of the tracker's parameters; null where the sender did not send it."""
    event = entry.event
    return {
        "sequence": entry.sequence,
        "id": event.id,
        "key": event.key,
        "receivedAt": shown.instant(event.received_at),
        "gaid": event.gaid,
        "visitorId": event.visitor_id,
        "hostname": event.hostname,
        "path": event.path,
        "title": event.title,
        "referrer": event.referrer,
        "userAgent": event.user_agent,
        "zip": event.zip,
        "city": event.city,
        "state": event.state,
        "country": event.country,
        "c.name": event.campaign_name,
        "c.source": event.campaign_source,
        "c.medium": event.campaign_medium,
    }
