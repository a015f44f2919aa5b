"""One event: all that the sender told us, and each of its deliveries."""

from datetime import UTC, datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control import active_config, publish
from dialboard.control.models import Account, Destination
from dialboard.deliver.route import route
from dialboard.errors import DataFolderError
from dialboard.shapes.event import Event
from dialboard.web import data, deliveries
from dialboard.web.access import for_members

# The tracker's own names, in the order of its manual.
PARAMETERS = (
    ("gaid", "gaid"),
    ("zip", "zip"),
    ("hostname", "hostname"),
    ("path", "path"),
    ("visitorId", "visitor_id"),
    ("title", "title"),
    ("referrer", "referrer"),
    ("userAgent", "user_agent"),
    ("city", "city"),
    ("state", "state"),
    ("country", "country"),
    ("c.name", "campaign_name"),
    ("c.source", "campaign_source"),
    ("c.medium", "campaign_medium"),
)


_ROUTED_WITHIN = timedelta(seconds=5)


@require_safe
@for_members
def event(request: HttpRequest, account: Account, event: str) -> HttpResponseBase:
    entry = data.reader().find(account.pk, event)
    if entry is None:
        raise Http404("There is no such event in this account. It may have been removed with its account's data.")
    names = dict(account.destinations.values_list("pk", "name"))
    found = data.outcomes().of_events(account.pk, [entry.sequence])[entry.sequence]
    values = {
        "entry": entry,
        "event": entry.event,
        "parameters": _parameters(entry.event),
        "deliveries": [
            {"shown": deliveries.shown(one), "name": names.get(one.destination), "id": one.destination} for one in found
        ],
        "is_forgotten": not found and deliveries.may_be_forgotten(entry.event.received_at),
        "keep_days": active_config().deliveries_days,
        "takers": [] if found else _takers(account, entry.event),
        "is_on_its_way": not found and datetime.now(UTC) - entry.event.received_at < _ROUTED_WITHIN,
    }
    return render(request, "event.html", values)


def _takers(account: Account, event: Event) -> list[Destination]:
    """The destinations that would take the event now: those that were not there when it came."""
    return [row for row in account.destinations.filter(enabled=True) if _takes(row, event)]


def _takes(row: Destination, event: Event) -> bool:
    try:
        return bool(route(event, [publish.in_the_clear(row)]))
    except DataFolderError:  # its secret cannot be read: it takes nothing until it is given again
        return False


def _parameters(event: Event) -> list[tuple[str, str | None]]:
    """Each with its text; None where it was not sent, "" where it was sent empty."""
    return [(name, getattr(event, field)) for name, field in PARAMETERS]
