"""Event -> the destinations it goes to."""

from collections.abc import Callable, Iterable

from dialboard.deliver.to import KINDS
from dialboard.shapes.delivery import Destination
from dialboard.shapes.event import Event

Takes = Callable[[Destination, Event], bool]


def route(event: Event, destinations: Iterable[Destination], takes: Takes | None = None) -> list[Destination]:
    """The account's destinations whose alias is the event's gaid (case ignored), that the gaid names directly, or that
    have no alias; and whose filter takes the event. Only enabled destinations are to be given.

    Of several that lead to the same place (two old properties that became one) it is one: that whose alias it is, else
    the first.
    """
    found = [one for one in destinations if one.account == event.account and is_meant(one, event.gaid)]
    taking = [one for one in found if takes is None or takes(one, event)]
    to: dict[str, Destination] = {}
    for one in sorted(taking, key=lambda one: not _is_alias(one, event.gaid)):
        to.setdefault(_place(one), one)
    return [one for one in taking if to[_place(one)] is one]


def is_meant(destination: Destination, gaid: str) -> bool:
    """Whether events with this gaid go to the destination."""
    if not destination.alias:
        return True
    return _is_alias(destination, gaid) or _is_known(destination, gaid)


def leads_to_same_place(one: Destination, other: Destination) -> bool:
    """Whether what both deliver would count twice there."""
    return _place(one) == _place(other)


def _is_alias(destination: Destination, gaid: str) -> bool:
    return (destination.alias or "").strip().casefold() == gaid.strip().casefold() != ""


def _place(destination: Destination) -> str:
    kind = KINDS.get(destination.kind)
    return f"{destination.kind} {kind.place(destination)}" if kind else destination.id


def _is_known(destination: Destination, gaid: str) -> bool:
    kind = KINDS.get(destination.kind)
    return kind is not None and kind.knows(destination, gaid)
