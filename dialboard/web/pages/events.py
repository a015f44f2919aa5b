"""What senders told us, newest first, each with what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account
from dialboard.journal import Entry
from dialboard.web import data, deliveries
from dialboard.web.access import for_members

PAGE = 50


@require_safe
@for_members
def events(request: HttpRequest, account: Account) -> HttpResponseBase:
    before = _number(request.GET.get("before", ""))
    entries = data.reader().latest(account.pk, limit=PAGE + 1, before=before)
    values = {
        "rows": _rows(account, entries[:PAGE]),
        "newest": entries[0].sequence if entries else 0,
        "older": entries[PAGE - 1].sequence if len(entries) > PAGE else None,
        "before": before,
        "count": data.reader().balance(account.pk).debited,
    }
    part = getattr(request, "htmx", None)
    return render(request, "parts/events.html" if part else "events.html", values)


def _rows(account: Account, entries: list[Entry]) -> list[dict[str, Any]]:
    """One query for the deliveries of all of them."""
    names = dict(account.destinations.values_list("pk", "name"))
    found = data.outcomes().of_events(account.pk, [entry.sequence for entry in entries])
    return [
        {
            "entry": entry,
            "event": entry.event,
            "is_forgotten": deliveries.may_be_forgotten(entry.event.received_at),
            "deliveries": [
                {"shown": deliveries.shown(one), "name": names.get(one.destination, "a removed destination")}
                for one in found.get(entry.sequence, [])
            ],
        }
        for entry in entries
    ]


def _number(text: str) -> int | None:
    """None for the first page, also when somebody mistyped."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
