"""Accounts: making them, their grants of tokens, and taking them away."""

import re

from django.db import transaction

from dialboard.control import boards, credentials, names, publish
from dialboard.control.models import Account, Credential, Grant, Removal
from dialboard.errors import UsageError

MOST_TOKENS = 10**15


def create(
    name: str, tokens: int | None = 0, zone: str = "UTC", *, is_sample: bool = False
) -> tuple[Account, Credential, str]:
    """The account, its first credential and that one's auth token, which is kept nowhere.

    `tokens` None makes it unmetered. It comes with the Overview board. Raises UsageError, AlreadyExists.
    """
    name = _checked_name(name)
    zone = names.checked_zone(zone)
    with names.change(f"There is an account {name!r} already: take another name."):
        account = Account.objects.create(name=name, zone=zone, is_sample=is_sample)
        grant(account, tokens, note="made with the account")
        boards.make_overview(account)
        credential, auth_token = credentials.create(account, "first")
    return account, credential, auth_token


def grant(account: Account, tokens: int | None, note: str = "") -> Grant:
    """Tokens for the account, None to make it unmetered. The serving process applies it within a second."""
    if tokens is not None and not 0 <= tokens <= MOST_TOKENS:
        raise UsageError(f"tokens is {tokens}: give a number from 0 to {MOST_TOKENS}.")
    with transaction.atomic():
        return Grant.objects.create(account=account, tokens=tokens, note=note, number=publish.bump())


def remove(account: Account) -> None:
    """Takes the account and all that was decided about it. The process that owns the journal
    removes its events within a second; its deliveries and rows are in other stores."""
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).delete()
        Removal.objects.create(number=publish.bump(), account=account.pk)


def _checked_name(name: str) -> str:
    name = names.checked(name)
    if re.fullmatch(r"acc_[0-9a-z]{16}", name):
        raise UsageError(f"The name {name!r} looks like an id: take another name.")
    return name
