import threading

import pytest
from django.db import connection

from dialboard.control import orders
from dialboard.control.models import Order


def test_orders_are_taken_oldest_first_and_once(alice):
    first = orders.give("sync", alice, {"resource": "calls"})
    second = orders.give("sample_add", None)
    assert [orders.take(), orders.take(), orders.take()] == [first, second, None]


def test_an_order_of_an_unknown_kind_is_refused(alice):
    with pytest.raises(ValueError):
        orders.give("dance", alice)


def test_progress_and_the_end_are_told(alice):
    orders.give("sync", alice)
    order = orders.take()
    orders.report(order, "half of it")
    orders.finish(order, "Twilio is away.")
    order.refresh_from_db()
    assert (order.state, order.progress, order.problem) == ("failed", "half of it", "Twilio is away.")
    assert order.taken_at <= order.finished_at and orders.open_orders() == []


def test_what_a_killed_worker_had_taken_waits_again(alice):
    order = orders.give("sync", alice)
    orders.take()
    assert orders.give_back() == 1
    assert orders.take() == order


def test_many_workers_never_take_the_same_order(alice):
    for _ in range(20):
        orders.give("sync", alice)
    taken: list[str] = []

    def work() -> None:
        while order := orders.take():
            taken.append(order.id)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(Order.objects.values_list("id", flat=True))


def test_open_orders_are_those_of_one_account(alice, charlie):
    order = orders.give("sync", alice)
    orders.give("sync", charlie)
    assert orders.open_orders(alice) == [order] and len(orders.open_orders()) == 2
