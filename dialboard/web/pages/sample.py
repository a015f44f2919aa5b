"""Explore with sample data: one click adds a played account, one click takes it away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from dialboard.control import orders
from dialboard.control.models import Account, Order
from dialboard.control.models.order import OrderKind, OrderState
from dialboard.web.access import for_owners, for_people

_OPEN = (OrderState.WAITING, OrderState.TAKEN)


@require_POST
@for_people
def add(request: HttpRequest) -> HttpResponseBase:
    """Once is enough: a second click finds the account or the order of the first."""
    if not _sample(request) and not Order.objects.filter(kind=OrderKind.SAMPLE_ADD, state__in=_OPEN).exists():
        orders.give(OrderKind.SAMPLE_ADD, None, {"user": request.user.pk})
    return redirect("sample-waiting")


@for_people
def waiting(request: HttpRequest) -> HttpResponseBase:
    """The wait of a few seconds; goes to the board as soon as there is one."""
    if (account := _sample(request)) and (board := account.boards.first()):
        if not getattr(request, "htmx", None):
            return redirect("board", account.pk, board.pk)
        return HttpResponse(headers={"HX-Refresh": "true"})
    order = Order.objects.filter(kind=OrderKind.SAMPLE_ADD).last()
    template = "parts/sample_waiting.html" if getattr(request, "htmx", None) else "sample_waiting.html"
    return render(request, template, {"order": order, "failed": order is None or order.state == OrderState.FAILED})


@require_POST
@for_owners
def remove(request: HttpRequest, account: Account) -> HttpResponseBase:
    if not account.is_sample:
        messages.error(request, "This account is yours, not the sample: it is not removed here.")
        return redirect("home", account.pk)
    if not Order.objects.filter(account=account, kind=OrderKind.SAMPLE_REMOVE, state__in=_OPEN).exists():
        orders.give(OrderKind.SAMPLE_REMOVE, account, {})
    messages.success(request, "The sample is being removed. It takes a few seconds.")
    own = Account.objects.filter(members__user=request.user.pk, is_sample=False).first()
    return redirect("home", own.pk) if own else redirect("entry")


def _sample(request: HttpRequest) -> Account | None:
    """None when the person is in no sample account."""
    return Account.objects.filter(members__user=request.user.pk, is_sample=True).first()
