"""The Twilio accounts that are connected."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account, SyncRun
from dialboard.web.access import for_members


@require_safe
@for_members
def connections(request: HttpRequest, account: Account) -> HttpResponseBase:
    rows = [
        {"connection": one, "last": SyncRun.objects.filter(connection=one).first()} for one in account.connections.all()
    ]
    return render(request, "connections.html", {"rows": rows})
