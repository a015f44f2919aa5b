"""Credentials of the tracker: the pair of authId and authToken."""

import secrets

from django.db import transaction
from django.utils import timezone

from dialboard.collect.credentials import hash_token
from dialboard.control import names, publish
from dialboard.control.models import Account, Credential
from dialboard.errors import Refused


def create(account: Account, name: str) -> tuple[Credential, str]:
    """The credential and its auth token, which is kept nowhere: only its hash is."""
    name = names.checked(name)
    auth_token = secrets.token_hex(32)
    with names.change(f"{account.name} has a credential {name!r} already: revoke it or take another name."):
        credential = Credential.objects.create(account=account, name=name, token_hash=hash_token(auth_token))
        publish.bump()
    return credential, auth_token


def forget(credential: Credential) -> None:
    """Takes a credential that was made for one moment; one that was given to somebody is revoked, to be told apart."""
    with transaction.atomic():
        Credential.objects.filter(pk=credential.pk).delete()
        publish.bump()


def revoke(credential: Credential) -> None:
    """In force within a second. Raises Refused when it was revoked before."""
    with transaction.atomic():
        if not Credential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise Refused(f"The credential {credential.name!r} was revoked already.")
        publish.bump()
