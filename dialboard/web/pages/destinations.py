"""Where events go, each with what became of its deliveries."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account
from dialboard.deliver.to import KINDS
from dialboard.web import data
from dialboard.web.access import for_members


@require_safe
@for_members
def destinations(request: HttpRequest, account: Account) -> HttpResponseBase:
    counts = data.outcomes().counts(account.pk)
    rows = [
        {
            "destination": one,
            "kind": KINDS[one.kind].title if one.kind in KINDS else one.kind,
            "counts": counts.get(one.pk, {}),
        }
        for one in account.destinations.all()
    ]
    return render(request, "destinations.html", {"rows": rows})
