"""Takes the orders that people gave on a page or on the command line, one after the other; syncs side by side."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import Any

from dialboard.deliver.outcomes import Outcomes
from dialboard.deliver.replay import replay
from dialboard.errors import DialboardError, NotFound
from dialboard.journal import Reader
from dialboard.run.sample import Sample
from dialboard.run.scheduling import Scheduling
from dialboard.run.stop import Stop
from dialboard.run.syncing import Wish
from dialboard.run.trouble import Trouble

log = logging.getLogger(__name__)

POLL_S = 0.2
EVERYTHING = 2**62  # more than a journal will ever hold


class Ordering:
    """One worker; what a killed one had taken is done again, which every kind of order survives."""

    def __init__(self, reader: Reader, outcomes: Outcomes, scheduling: Scheduling, sample: Sample) -> None:
        self._reader = reader
        self._outcomes = outcomes
        self._scheduling = scheduling
        # The table of what can be ordered.
        self._kinds: dict[str, Callable[[Any], None]] = {
            "sync": self._sync,
            "replay": self._replay,
            "sample_add": sample.add,
            "sample_remove": sample.remove,
        }

    def run(self, stop: Stop) -> None:
        from django.db import close_old_connections

        from dialboard.control import orders

        given_back = False
        trouble = Trouble(log, "Orders could not be taken.", "order")
        while not stop.is_set():
            try:
                close_old_connections()
                if not given_back:
                    orders.give_back()
                    given_back = True
                order = orders.take()
                trouble.over()
                if order:
                    self._begin(order)
                    continue
            except Exception as error:
                trouble.note(error)
            stop.wait(POLL_S)

    def _begin(self, order: Any) -> None:
        """A first sync can take hours, and nobody else's order should wait for it."""
        if order.kind == "sync":
            threading.Thread(target=self._do_aside, args=(order,), name=f"order-{order.pk}", daemon=True).start()
        else:
            self._do(order)

    def _do_aside(self, order: Any) -> None:
        from django.db import connections

        try:
            self._do(order)
        finally:
            connections.close_all()

    def _do(self, order: Any) -> None:
        from dialboard.control import orders

        about = {"action": "order", "order": order.pk, "kind": order.kind}
        try:
            self._kinds[order.kind](order)
        except CancelledError:  # we are stopping; it stays ours, so that the next process takes it again
            log.info("An order was interrupted.", extra=about)
        except DialboardError as error:
            log.warning("An order failed.", extra=about | {"problem": error.sentence})
            orders.finish(order, error.sentence)
        except Exception:
            log.exception("An order failed.", extra=about)
            orders.finish(order, "It failed for a reason nobody foresaw; the server's log has it.")
        else:
            log.info("An order is done.", extra=about)
            orders.finish(order)

    def _sync(self, order: Any) -> None:
        connection = order.account.connections.filter(pk=order.payload.get("connection")).first()
        if connection is None:
            raise NotFound("The connection was removed meanwhile.")
        self._scheduling.ask(connection, Wish())

    def _replay(self, order: Any) -> None:
        """What never waited for the destination, and what died on the way to it."""
        from dialboard.control import orders, publish

        row = order.account.destinations.filter(pk=order.payload.get("destination")).first()
        if row is None:
            raise NotFound("The destination was removed meanwhile.")
        destination = publish.in_the_clear(row)
        begin = int(order.payload.get("from_sequence") or 1)
        end = int(order.payload.get("until_sequence") or EVERYTHING)
        others = [publish.in_the_clear(one) for one in order.account.destinations.exclude(pk=row.pk)]
        made = replay(self._reader, self._outcomes, destination, begin, end, datetime.now(UTC), others=others)
        again = self._outcomes.send_again(destination.id, begin, end, datetime.now(UTC))
        forgotten = self._outcomes.forgotten(destination.id)
        orders.report(order, f"{made + again:,} events wait for {row.name} now.{_left_alone(begin, forgotten)}")


def _left_alone(begin: int, forgotten: int) -> str:
    if begin > forgotten:
        return ""
    return f" Those up to number {forgotten:,} are left alone: the record of what became of them is not kept so long."
