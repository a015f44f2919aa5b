"""What the collector and the delivering process have to know of what people decided, under a number that only grows.

Whoever changes a credential, a grant or a destination calls `bump` in the same transaction. A reader asks for the
`number` every now and then and reads again when it grew. It takes the number before the rest: what it then reads is at
least as new, and a change in between only makes it read once more.
"""

import logging

from django.db.models import F

from dialboard.control import active_config, keys, secrets
from dialboard.control.models import Credential, Destination, Grant, Publication, Removal
from dialboard.errors import DataFolderError
from dialboard.shapes import delivery, event

log = logging.getLogger(__name__)


def bump() -> int:
    """The new number. Call it inside the transaction of the change: the row's lock puts changes in a line."""
    if not Publication.objects.update(number=F("number") + 1):
        Publication.objects.get_or_create(id=1)
        Publication.objects.update(number=F("number") + 1)
    return number()


def number() -> int:
    """The newest number; 0 while nothing was decided."""
    return Publication.objects.values_list("number", flat=True).first() or 0


def snapshot() -> event.Snapshot:
    """Who may send, at a number."""
    newest = number()
    credentials = Credential.objects.filter(revoked_at=None).values_list("id", "account_id", "token_hash")
    senders = {auth_id: event.Sender(account, bytes(token_hash)) for auth_id, account, token_hash in credentials}
    return event.Snapshot(number=newest, senders=senders)


def grants_after(after: int) -> list[event.Grant]:
    """The grants made after that number, oldest first. The journal applies each once, so too many do no harm."""
    rows = Grant.objects.filter(number__gt=after).order_by("number")
    return [event.Grant(id=row.id, account=row.account_id, tokens=row.tokens) for row in rows]


def removals_after(after: int) -> list[str]:
    """The accounts removed after that number, whose events are to go."""
    return list(Removal.objects.filter(number__gt=after).order_by("number").values_list("account", flat=True))


def destinations() -> list[delivery.Destination]:
    """The enabled destinations with their secrets in the clear, for the delivering process only.

    One whose secret cannot be read is left out and logged; its events wait.
    """
    found = []
    for row in Destination.objects.filter(enabled=True):
        try:
            found.append(in_the_clear(row))
        except DataFolderError as error:
            log.error("a destination waits for its key", extra={"destination": row.id, "problem": error.sentence})
    return found


def in_the_clear(row: Destination) -> delivery.Destination:
    """Raises DataFolderError when its secret cannot be read."""
    return delivery.Destination(
        id=row.id,
        account=row.account_id,
        kind=row.kind,
        name=row.name,
        alias=row.alias,
        settings={str(name): str(value) for name, value in row.settings.items()},
        secret=secrets.decrypt(row.secret_encrypted),
        private_address_allowed=row.operator_address,
        since=row.since,
        visitor_key=keys.visitor_key(active_config().data, row.account_id),
    )
