"""What to do next, and what is done already."""

from django.urls import reverse
from msgspec import Struct

from dialboard.control.models import Account
from dialboard.web import data


class Step(Struct, frozen=True):
    done: bool
    title: str
    why: str
    url: str
    verb: str


def of(account: Account) -> list[Step]:
    """In the order in which they help; the page hides the list when all is done."""
    return [
        Step(
            account.connections.exists(),
            "Connect a Twilio account",
            "Calls, messages and costs of the past come from there.",
            reverse("connection-new", args=[account.pk]),
            "Connect",
        ),
        Step(
            data.reader().balance(account.pk).debited > 0,
            "Send a first event",
            "Your Twilio handler tells Dialboard about each call with one request.",
            reverse("credentials", args=[account.pk]),
            "See how",
        ),
        Step(
            account.destinations.exists(),
            "Add a destination",
            "Events go on to Google Analytics with their campaign.",
            reverse("destination-new", args=[account.pk]),
            "Add",
        ),
    ]
