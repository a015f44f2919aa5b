"""One destination: what became of its deliveries; switch it off, try the dead ones again, remove it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dialboard.control import destinations, orders
from dialboard.control.models import Account, Destination
from dialboard.control.models.order import OrderKind, OrderState
from dialboard.deliver.to import KINDS
from dialboard.web import data, deliveries
from dialboard.web.access import for_members, for_owners
from dialboard.web.removing import ask_and_remove

_OPEN = (OrderState.WAITING, OrderState.TAKEN)


@require_safe
@for_members
def destination(request: HttpRequest, account: Account, destination: str) -> HttpResponseBase:
    one = get_object_or_404(Destination, pk=destination, account=account)
    outcomes = data.outcomes()
    latest = outcomes.latest(account.pk, destination=one.pk, limit=25)
    values = {
        "destination": one,
        "kind": KINDS.get(one.kind),
        "states": deliveries.states(outcomes.counts(account.pk).get(one.pk, {})),
        "latest": [deliveries.shown(delivery) for delivery in latest],
        "replaying": account.orders.filter(kind=OrderKind.REPLAY, state__in=_OPEN, payload__destination=one.pk).first(),
    }
    return render(request, "destination.html", values)


@require_POST
@for_owners
def switch(request: HttpRequest, account: Account, destination: str) -> HttpResponseBase:
    one = get_object_or_404(Destination, pk=destination, account=account)
    destinations.enable(one, not one.enabled)
    off = "is off. Events that come while it is off are not delivered to it later."
    messages.success(request, f"{one.name} {off if one.enabled else 'is on again.'}")
    return redirect("destination", account.pk, one.pk)


@require_POST
@for_owners
def replay(request: HttpRequest, account: Account, destination: str) -> HttpResponseBase:
    """Asks for what it never got to be delivered, and for another try of what is dead or uncertain."""
    one = get_object_or_404(Destination, pk=destination, account=account)
    if not data.reader().latest(account.pk, 1):
        messages.warning(request, "There is nothing to deliver: no event was told yet.")
    else:
        orders.give(OrderKind.REPLAY, account, {"destination": one.pk})
        messages.success(
            request, "Events that it takes and never got, and what is dead or uncertain, are delivered now."
        )
    return redirect("destination", account.pk, one.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def delete(request: HttpRequest, account: Account, destination: str) -> HttpResponseBase:
    one = get_object_or_404(Destination, pk=destination, account=account)
    return ask_and_remove(
        request,
        "destination_delete.html",
        {"destination": one},
        remove=lambda: destinations.remove(one),
        said=f"{one.name} is removed. Events stay; they are not delivered there any more.",
        then=reverse("destinations", args=[account.pk]),
    )
