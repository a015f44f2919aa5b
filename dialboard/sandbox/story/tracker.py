"""What the account's own Twilio handler would tell the 2011 tracker about an incoming call or message."""

from collections.abc import Iterator
from typing import Any

from dialboard.sandbox.story.calls import Call
from dialboard.sandbox.story.messages import Message
from dialboard.sandbox.story.world import NUMBERS, place_of

_NAMES = {number.number: number.name for number in NUMBERS}


def requests_of(happened: Call | Message, gaid: str) -> Iterator[dict[str, str]]:
    """The request's parameters less the credentials; nothing for what we send ourselves and for legs."""
    if happened.direction != "inbound":
        return
    is_call = isinstance(happened, Call)
    dialled, caller = happened.to.removeprefix("whatsapp:"), happened.from_.removeprefix("whatsapp:")
    yield {
        "gaid": gaid,
        "hostname": "twilio.harbor-dental.example",
        "path": "/voice" if is_call else "/sms",
        "title": _NAMES[dialled],
        "visitorId": happened.sid,
        "c.name": dialled,
        "c.source": "Twilio",
        "c.medium": "Phone" if is_call else "SMS",
        **_geography(caller),
    }


def _geography(caller: str) -> dict[str, Any]:
    """By the number, as in Twilio's webhooks: empty texts where Twilio knows nothing."""
    place = place_of(caller)
    if place is None:
        return {"zip": "", "city": "", "state": "", "country": ""}
    return {"zip": place.zip, "city": place.city, "state": place.state, "country": place.country}
