"""What a first start makes: the owner's account, a link that signs in, and the sample when it is wanted.

In a thread of its own: Django refuses to ask its database from the thread of an event loop.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dialboard.config import Config

T = TypeVar("T")

FIRST_ACCOUNT = "My account"


def sign_in_link(config: Config) -> str:
    """An address that signs the owner in once. Makes an account when there is none but the sample."""

    def make() -> str:
        from dialboard.control import accounts, sign_in
        from dialboard.control.models import Account

        if not Account.objects.filter(is_sample=False).exists():
            account, _, _ = accounts.create(FIRST_ACCOUNT)
            sign_in.join(account, sign_in.owner())
        return sign_in.make_link()

    return _apart(config, make)


def order_sample(config: Config) -> None:
    """Orders sample data for the owner; nothing when it is there already."""

    def give() -> None:
        from dialboard.control import orders, sign_in
        from dialboard.control.models import Account

        if not Account.objects.filter(is_sample=True).exists():
            orders.give("sample_add", None, {"user": sign_in.owner().pk})

    _apart(config, give)


def _apart(config: Config, work: Callable[[], T]) -> T:
    def whole() -> T:
        from dialboard.control.folder import prepare

        prepare(config)
        from django.db import connections

        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(whole).result()
