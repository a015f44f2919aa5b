"""One event: all that the sender told us, and each of its deliveries."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account
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
    }
    return render(request, "event.html", values)


def _parameters(event: Event) -> list[tuple[str, str | None]]:
    """Each with its text; None where it was not sent, "" where it was sent empty."""
    return [(name, getattr(event, field)) for name, field in PARAMETERS]
