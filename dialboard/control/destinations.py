"""Destinations: where an account's events go."""

from django.db import transaction

from dialboard.control import names, publish, secrets
from dialboard.control.models import Account, Destination
from dialboard.deliver.kind import DestinationKind
from dialboard.deliver.to import KINDS
from dialboard.errors import UsageError
from dialboard.shapes.event import GAID


def add(
    account: Account,
    kind: str,
    *,
    settings: dict[str, str],
    secret: str = "",
    name: str | None = None,
    alias: str | None = None,
    operator_address: bool = False,
) -> Destination:
    """The destination, in force within a second. It takes events from the first one of the journal on.

    Raises UsageError, which names the setting that is off, and AlreadyExists for a name or an alias that is taken.
    """
    described = kind_of(kind)
    row = Destination(
        account=account,
        kind=described.name,
        name=names.checked(name or _own_name(account, described, alias, settings)),
        alias=_checked_alias((alias or "").strip()),
        settings={key: value.strip() for key, value in settings.items() if value.strip()},
        secret_encrypted=secrets.encrypt(secret.strip()),
        operator_address=operator_address,
    )
    described.check(publish.in_the_clear(row))
    with names.change(_taken(account, row)):
        row.save(force_insert=True)
        publish.bump()
    return row


def enable(destination: Destination, enabled: bool) -> None:
    """Events that come while it is off are not delivered later."""
    with transaction.atomic():
        Destination.objects.filter(pk=destination.pk).update(enabled=enabled)
        publish.bump()


def remove(destination: Destination) -> None:
    """In force within a second; what was delivered stays in the record."""
    with transaction.atomic():
        Destination.objects.filter(pk=destination.pk).delete()
        publish.bump()


def kind_of(name: str) -> DestinationKind:
    """Raises UsageError, which lists the kinds."""
    try:
        return KINDS[name]
    except KeyError:
        raise UsageError(f"There is no kind of destination {name!r}: there is {', '.join(sorted(KINDS))}.") from None


def _checked_alias(alias: str) -> str | None:
    """Without it the destination takes every event. Raises UsageError for one that no sender can name."""
    if alias and not GAID.fullmatch(alias):
        raise UsageError(f"The alias is {alias!r}: it has to look like UA-12345-1 or G-ABC123, as a gaid does.")
    return alias or None


def _own_name(account: Account, kind: DestinationKind, alias: str | None, settings: dict[str, str]) -> str:
    """ "Google Analytics 4 UA-12345-1", with a number behind it where that is taken."""
    tail = alias or next((value for value in settings.values() if not value.startswith("http")), "")
    wanted = f"{kind.title} {tail}".strip()[: names.LONGEST - 5]
    taken = {name.lower() for name in account.destinations.values_list("name", flat=True)}
    numbered = (f"{wanted} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name.lower() not in taken)


def _taken(account: Account, row: Destination) -> str:
    if row.alias and account.destinations.filter(alias__iexact=row.alias).exists():
        return f"{account.name} has a destination with the alias {row.alias} already: remove it first."
    return f"{account.name} has a destination {row.name!r} already: take another name."
