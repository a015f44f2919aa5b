"""Finding by an id or a unique name, as people write them."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Protocol, TypeVar

from django.db.models import Q, QuerySet

from dialboard.control.models import Account, Board, Connection, Credential, Destination
from dialboard.errors import NotFound


class Named(Protocol):
    name: str


Row = TypeVar("Row", Account, Board, Connection, Credential, Destination)


def find(rows: QuerySet[Row], text: str, noun: str) -> Row:
    """The row with that id or name (case ignored). Raises NotFound, which tells the nearest names."""
    row = rows.filter(Q(id=text) | Q(name__iexact=text)).first()
    if row is None:
        raise NotFound(no_such(noun, text, rows.values_list("name", flat=True)))
    return row


def account(text: str) -> Account:
    return find(Account.objects.all(), text, "account")


def no_such(noun: str, text: str, names: Iterable[str]) -> str:
    """The sentence: what was not found, and the nearest names there are."""
    known = sorted(names)
    if not known:
        return f"There is no {noun} {text!r}, nor any other yet."
    near = _near(text, known) or known[:10]
    more = f" and {len(known) - len(near)} more" if len(known) > len(near) and near == known[:10] else ""
    return f"There is no {noun} {text!r}: there is {_listed(near)}{more}."


def _near(text: str, known: list[str]) -> list[str]:
    lower = {name.lower(): name for name in known}
    return [lower[name] for name in get_close_matches(text.lower(), lower, n=3, cutoff=0.5)]


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
