"""One connection: what is here of each resource, how the syncs went, and to sync now."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dialboard.control import connections, orders
from dialboard.control.models import Account, Connection, SyncRun
from dialboard.control.models.order import OrderKind, OrderState
from dialboard.errors import DialboardError
from dialboard.shapes.resource import Resource
from dialboard.twilio.resources import RESOURCES
from dialboard.web import coverage, data, freshness
from dialboard.web.access import for_members, for_owners
from dialboard.web.removing import ask_and_remove


@require_safe
@for_members
def connection(request: HttpRequest, account: Account, connection: str) -> HttpResponseBase:
    one = get_object_or_404(Connection, pk=connection, account=account)
    order, runs = _open_order(account, one), _runs(one)
    values = {
        "connection": one,
        "order": order,
        "look_again_s": 2 if order or any(map(freshness.is_running, runs)) else 20,
        "resources": [_shown(account, one, resource) for resource in RESOURCES.values()],
        "runs": runs,
    }
    part = getattr(request, "htmx", None)
    return render(request, "parts/connection_state.html" if part else "connection.html", values)


@require_POST
@for_owners
def sync(request: HttpRequest, account: Account, connection: str) -> HttpResponseBase:
    one = get_object_or_404(Connection, pk=connection, account=account)
    if not _open_order(account, one):
        orders.give(OrderKind.SYNC, account, {"connection": one.pk})
    messages.success(request, "The sync begins in a moment. You may leave this page.")
    return redirect("connection", account.pk, one.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def delete(request: HttpRequest, account: Account, connection: str) -> HttpResponseBase:
    one = get_object_or_404(Connection, pk=connection, account=account)
    return ask_and_remove(
        request,
        "connection_delete.html",
        {"connection": one},
        remove=lambda: connections.remove(one),
        said=f"{one.name} is not connected any more. What was synced stays.",
        then=reverse("connections", args=[account.pk]),
    )


def _open_order(account: Account, one: Connection) -> Any:
    """None when no sync of it waits or runs."""
    waiting = account.orders.filter(kind=OrderKind.SYNC, state__in=(OrderState.WAITING, OrderState.TAKEN))
    return next((order for order in waiting if order.payload.get("connection") == one.pk), None)


def _shown(account: Account, one: Connection, resource: Resource) -> dict[str, Any]:
    values: dict[str, Any] = {"resource": resource, "last": _last_run(one, resource)}
    try:
        values["strip"] = coverage.strip(data.held(account, resource.name, one.account_sid), datetime.now(UTC))
    except DialboardError as error:
        values["problem"] = error.sentence
    return values


def _runs(one: Connection) -> list[SyncRun]:
    """The newest, each with its resource's title."""
    runs = list(SyncRun.objects.filter(connection=one)[:12])
    for run in runs:
        run.title = RESOURCES[run.resource].title if run.resource in RESOURCES else run.resource  # type: ignore[attr-defined]
    return runs


def _last_run(one: Connection, resource: Resource) -> SyncRun | None:
    return SyncRun.objects.filter(connection=one, resource=resource.name).first()
