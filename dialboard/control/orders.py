"""Orders: what people asked for that takes a while. Workers take them; each is done by one worker."""

from typing import Any

from django.utils import timezone

from dialboard.control.models import Account, Order
from dialboard.control.models.order import OrderKind, OrderState


def give(kind: str, account: Account | None, payload: dict[str, Any] | None = None) -> Order:
    """The order, waiting for a worker. Raises ValueError for a kind that no worker knows."""
    return Order.objects.create(kind=OrderKind(kind), account=account, payload=payload or {})


def take() -> Order | None:
    """The oldest waiting order, now ours; None when none waits."""
    while True:
        order = Order.objects.filter(state=OrderState.WAITING).order_by("created_at", "id").first()
        if order is None:
            return None
        changes = {"state": OrderState.TAKEN, "taken_at": timezone.now()}
        # Another worker may have been first: then the count is 0, and the next one is looked at.
        if Order.objects.filter(pk=order.pk, state=OrderState.WAITING).update(**changes):
            order.refresh_from_db()
            return order


def report(order: Order, progress: str) -> None:
    """A sentence for the page about how far it is."""
    Order.objects.filter(pk=order.pk).update(progress=progress)


def finish(order: Order, problem: str = "") -> None:
    """Done, or failed with the sentence of its problem."""
    state = OrderState.FAILED if problem else OrderState.DONE
    Order.objects.filter(pk=order.pk).update(state=state, problem=problem, finished_at=timezone.now())


def give_back() -> int:
    """Lets the orders that a killed worker had taken wait again; how many. For a start with a single worker."""
    return Order.objects.filter(state=OrderState.TAKEN).update(state=OrderState.WAITING, taken_at=None)


def open_orders(account: Account | None = None) -> list[Order]:
    """What waits or is being done, oldest first; of all accounts when none is given."""
    orders = Order.objects.filter(state__in=(OrderState.WAITING, OrderState.TAKEN)).order_by("created_at", "id")
    return list(orders if account is None else orders.filter(account=account))
