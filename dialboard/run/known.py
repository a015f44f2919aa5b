"""Every resource that has a table in the metric store: Twilio's lists, and what senders told us."""

from dialboard.shapes.resource import Resource
from dialboard.shapes.tracker import EVENTS
from dialboard.twilio.resources import RESOURCES


def every_resource() -> list[Resource]:
    return [*RESOURCES.values(), EVENTS]
