"""Sample data: an account that a sandbox plays, added and removed again without a trace.

Nothing is written into a store directly: its calls are synced over HTTP, its events go through the collector.
"""

import time
from collections.abc import Callable
from typing import Any

from dialboard.config import Config
from dialboard.deliver.outcomes import Outcomes
from dialboard.errors import DialboardError
from dialboard.journal import Reader
from dialboard.run import sample_note
from dialboard.run.absorbing import Absorbing
from dialboard.run.scheduling import Scheduling
from dialboard.store import Store

NAME = "Sample"
PATIENCE_S = 20.0  # for the demo process to come up, and for the journal to forget
LOOK_S = 0.05


class Sample:
    def __init__(
        self,
        config: Config,
        reader: Reader,
        outcomes: Outcomes,
        store: Store,
        absorbing: Absorbing,
        scheduling: Scheduling,
    ) -> None:
        self._config = config
        self._reader = reader
        self._outcomes = outcomes
        self._store = store
        self._absorbing = absorbing
        self._scheduling = scheduling

    def add(self, order: Any) -> None:
        """1. the account  2. the person who asked is its owner  3. a note, by which the supervisor starts the demo
        process, which plays Twilio and connects the account to it  4. the order is done once the connection is there:
        the board fills while the sync runs. A second order finds the first one's account."""
        from dialboard.control import orders
        from dialboard.control.models import Connection

        orders.report(order, "Making the account.")
        account = self._account(order.payload.get("user"))
        sample_note.put(self._config.data, account.pk)
        orders.report(order, "Starting the sandbox that plays Twilio.")
        connections = Connection.objects.filter(account=account)
        _wait_until(connections.exists, "The sandbox that plays Twilio did not start; the server's log says why.")

    def remove(self, order: Any) -> None:
        """1. the demo process ends  2. the account goes, and no event of it is taken any more  3. its syncs end; no new
        one finds it  4. the journal forgets it  5. so do the store and the deliveries. Killed in between, the order is
        taken again: so it must not go with its account."""
        from dialboard.control import accounts
        from dialboard.control.models import Account, Connection, Order

        name = order.payload.get("account") or order.account_id
        Order.objects.filter(pk=order.pk).update(account=None, payload={"account": name})
        account = Account.objects.filter(pk=name).first()
        if account and not account.is_sample:
            raise DialboardError(f"{account.name} is no sample account.")
        sample_note.remove(self._config.data)
        connections = list(Connection.objects.filter(account=name).values_list("pk", flat=True))
        if account:
            accounts.remove(account)
        for connection in connections:
            self._scheduling.cancel(connection)
        self.forget(name)
        Order.objects.filter(pk=order.pk).update(payload={})

    def forget(self, account: str) -> None:
        """Takes what the other stores have of an account that is gone from control."""
        _wait_until(lambda: self._reader.count(account) == 0, "The journal still has events of the sample account.")
        with self._absorbing.lock:
            self._store.forget(account)
        self._outcomes.forget(account)

    def _account(self, person: Any) -> Any:
        from django.contrib.auth.models import User

        from dialboard.control import accounts, sign_in
        from dialboard.control.models import Account

        account = Account.objects.filter(is_sample=True).first()
        if account is None:
            account, credential, _ = accounts.create(self._free_name(), tokens=None, is_sample=True)
            credential.delete()  # the demo process makes its own
        user = User.objects.filter(pk=person).first() if person else None
        for one in {sign_in.owner(), user or sign_in.owner()}:
            sign_in.join(account, one)
        return account

    def _free_name(self) -> str:
        from dialboard.control.models import Account

        taken = {name.lower() for name in Account.objects.values_list("name", flat=True)}
        return next(name for name in (NAME, *(f"{NAME} {n}" for n in range(2, 1000))) if name.lower() not in taken)


def _wait_until(so: Callable[[], bool], sentence: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not so():
        if time.monotonic() > until:
            raise DialboardError(sentence)
        time.sleep(LOOK_S)
