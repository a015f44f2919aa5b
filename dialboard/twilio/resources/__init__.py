"""The Twilio lists we know. To add one: a file with its Resource, a sample answer beside it, a line here."""

from dialboard.shapes.resource import Resource
from dialboard.twilio.resources.calls import CALLS
from dialboard.twilio.resources.messages import MESSAGES
from dialboard.twilio.resources.usage_daily import USAGE_DAILY

RESOURCES: dict[str, Resource] = {resource.name: resource for resource in (CALLS, MESSAGES, USAGE_DAILY)}
