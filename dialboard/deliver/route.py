"""Event -> the destinations it goes to."""

from collections.abc import Callable, Iterable

from dialboard.deliver.to import KINDS
from dialboard.shapes.delivery import Destination
from dialboard.shapes.event import Event

Takes = Callable[[Destination, Event], bool]


def route(event: Event, destinations: Iterable[Destination], takes: Takes | None = None) -> list[Destination]:
    """The account's destinations whose alias is the event's gaid (case ignored), that the gaid names directly, or that
    have no alias; and whose filter takes the event. Only enabled destinations are to be given."""
    found = [one for one in destinations if one.account == event.account and is_meant(one, event.gaid)]
    return [one for one in found if takes is None or takes(one, event)]


def is_meant(destination: Destination, gaid: str) -> bool:
    """Whether events with this gaid go to the destination."""
    if not destination.alias:
        return True
    return destination.alias.strip().casefold() == gaid.strip().casefold() or _is_known(destination, gaid)


def _is_known(destination: Destination, gaid: str) -> bool:
    kind = KINDS.get(destination.kind)
    return kind is not None and kind.knows(destination, gaid)
