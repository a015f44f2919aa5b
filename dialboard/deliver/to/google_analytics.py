"""Google Analytics 4, through its Measurement Protocol.

One request an event: `campaign_details`, whose values hold for what comes after it, then `page_view`, both in one
session. The campaign also stands in the page's address and in `call_source`, `call_medium`, `call_campaign`: Google
promises no attribution of sessions that only a server feeds, and these three are sure to be reportable as custom
dimensions. Neither the caller's number nor a zip code is ever sent, by whatever field it comes: Google forbids both.
Source of every limit: developers.google.com/analytics/devguides/collection/protocol/ga4 (reference, sending-events,
policy) and support.google.com/analytics/answer/9267744, /6366371, read 2026-11.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import unquote, urlencode

import msgspec

from dialboard.deliver.kind import Request, Setting, Undeliverable
from dialboard.deliver.mask import mask, mask_address, mask_name
from dialboard.deliver.places import city_name, country_code, region_code
from dialboard.deliver.visitor import client_id, session_id
from dialboard.errors import AddressRefused, UsageError
from dialboard.outbound.address import check_url
from dialboard.shapes.delivery import Destination, Reason
from dialboard.shapes.event import Event

ENDPOINT = "https://www.google-analytics.com/mp/collect"

_MEASUREMENT_ID = re.compile(r"G-[A-Za-z0-9]{4,20}")
_OURS = re.compile(r"twilio|dialboard|twolbox|openvbx", re.IGNORECASE)  # user agents that are no visitor's
_ORIGIN = re.compile(r"\Ahttps?://[^/?#]*", re.IGNORECASE)  # a path behind a proxy may be a whole address

_LOCATION_LENGTH = 1000
_REFERRER_LENGTH = 420
_TITLE_LENGTH = 300
_LENGTH = 100
_USER_AGENT_LENGTH = 512  # ours: Google names none, and the body has to stay small
_PATH_LENGTH = 20_000  # ours: what is behind it could never fit


class GoogleAnalytics:
    name = "google-analytics"
    title = "Google Analytics 4"
    settings: tuple[Setting, ...] = (
        Setting(
            "measurement_id", "Measurement ID", "G-XXXXXXXXXX: in Google Analytics, Admin, Data streams, your stream"
        ),
        Setting("endpoint", "Collect address", f"{ENDPOINT} unless your data must stay in the EU", required=False),
    )
    secret: Setting | None = Setting(
        "api_secret", "API secret", "in the same place, under Measurement Protocol API secrets"
    )
    deadline = timedelta(hours=71)  # Google moves anything older than 72 hours in time without telling

    def check(self, destination: Destination) -> None:
        measurement_id = destination.settings.get("measurement_id", "")
        if not _MEASUREMENT_ID.fullmatch(measurement_id):
            raise UsageError(f"The measurement ID is {measurement_id!r}: it has to look like G-AB12CD34EF.")
        if not destination.secret.strip():
            raise UsageError("The API secret is empty: make one in Google Analytics, Admin, Data streams, your stream.")
        if endpoint := destination.settings.get("endpoint"):
            _check_endpoint(endpoint, destination)

    def knows(self, destination: Destination, gaid: str) -> bool:
        return destination.settings.get("measurement_id", "").upper() == gaid.strip().upper() != ""

    def place(self, destination: Destination) -> str:
        return f"{_endpoint(destination)} {destination.settings.get('measurement_id', '').upper()}"

    def request(self, destination: Destination, event: Event, now: datetime) -> Request | Undeliverable:
        measurement_id = destination.settings.get("measurement_id") or event.gaid.strip().upper()
        if not _MEASUREMENT_ID.fullmatch(measurement_id):
            return Undeliverable(Reason.INVALID, "There is no measurement ID: give the destination one.")
        return Request(
            url=_endpoint(destination),
            query={"measurement_id": measurement_id, "api_secret": destination.secret},
            headers={"Content-Type": "application/json"},
            body=msgspec.json.encode(_payload(event, destination.visitor_key or _stand_in_key(destination), now)),
        )

    def explain(self, status: int, body: bytes) -> str:
        if status in {301, 302, 307, 308}:
            return "The collect address answers with a redirect, which is not followed: correct the address."
        if status in {404, 405}:
            return "Nothing takes events at this collect address: it usually ends with /mp/collect."
        if status == 413:
            return "The event was too large for the collector."
        return f"The collector refused the request ({status}). Google never does: check the collect address."


Params = dict[str, str | int]


def _payload(event: Event, key: str, now: datetime) -> dict[str, object]:
    shared: Params = {
        "session_id": session_id(event.visitor_id, key, event.received_at),
        "engagement_time_msec": 1,  # with the session it makes the visitor count as active; 1 as Segment sends it
    }
    campaign = _campaign(event)
    payload: dict[str, object] = {
        "client_id": client_id(event.visitor_id, key),
        "timestamp_micros": _micros(min(event.received_at, now)),
        "events": [
            *_campaign_details(campaign, shared),
            {"name": "page_view", "params": _page(event, campaign) | shared},
        ],
    }
    if place := _place(event):
        payload["user_location"] = place
    if agent := _user_agent(event):
        payload["user_agent"] = agent
    return payload


def _campaign(event: Event) -> dict[str, str]:
    """The name is usually our own number, so numbers stay in it. The channel group SMS wants "sms".
    A campaign named for a zip code loses its name for the callers who live there: the promise has no exception."""
    found = {
        "campaign": mask_name(event.campaign_name, event.zip).strip()[:_LENGTH],
        "source": mask(event.campaign_source, event.zip).strip()[:_LENGTH],
        "medium": mask(event.campaign_medium, event.zip).strip()[:_LENGTH],
    }
    if found["medium"].lower() == "sms":
        found["medium"] = "sms"
    return {name: text for name, text in found.items() if text}


def _campaign_details(campaign: dict[str, str], shared: Params) -> list[dict[str, object]]:
    return [{"name": "campaign_details", "params": {**campaign, **shared}}] if campaign else []


def _page(event: Event, campaign: dict[str, str]) -> Params:
    page = {
        "page_location": _page_location(event, campaign),
        "page_title": mask(event.title or "", event.zip).strip()[:_TITLE_LENGTH],
        "page_referrer": _whole(mask_address((event.referrer or "").strip(), event.zip), _REFERRER_LENGTH),
        # Never plain "source" or "medium": on any other event than campaign_details they would set the session's.
        **{f"call_{name}": text for name, text in campaign.items()},
    }
    return {name: text for name, text in page.items() if text}


def _page_location(event: Event, campaign: dict[str, str]) -> str:
    """https://host/path with the campaign as utm parameters; where it is too long the path is cut, never these."""
    told = _ORIGIN.sub("", event.path.strip()[:_PATH_LENGTH])
    path = "/" + mask_address(told, event.zip).lstrip("/")
    utm = urlencode({f"utm_{name}": text for name, text in campaign.items()})
    start = f"https://{_hostname(event.hostname, event.zip)}"
    room = _LOCATION_LENGTH - len(start) - len(utm) - 1
    if room < 1:  # a campaign of letters that take nine characters each: the other two places still carry it
        return start + _whole(path, _LOCATION_LENGTH - len(start))
    path = _whole(path, room)
    return start + path + (("&" if "?" in path else "?") + utm if utm else "")


def _hostname(text: str, zip_code: str) -> str:
    host = mask(text.strip().removeprefix("https://").removeprefix("http://"), zip_code).partition("/")[0]
    name, port = re.fullmatch(r"(.*?)(:\d{1,5})?", host, re.DOTALL).groups("")  # type: ignore[union-attr]
    name = mask(_letters_of_hosts(name), zip_code)  # again: without "!" the two halves of "55!401" meet
    return (_letters_of_hosts(name)[:253] or "localhost") + port


def _letters_of_hosts(text: str) -> str:
    return re.sub(r"[^\w.\-]+", "", text)


def _whole(address: str, length: int) -> str:
    """The address cut to the length, without a part of a percent-encoded character at its end."""
    if len(address) <= length:
        return address
    cut = re.sub(r"%[0-9A-Fa-f]?$", "", address[:length])
    for shorter in (cut, cut[:-3], cut[:-6], cut[:-9]):  # a character is up to four of them
        try:
            unquote(shorter, errors="strict")
        except UnicodeDecodeError:
            continue
        return shorter
    return cut


def _place(event: Event) -> dict[str, str]:
    country = country_code(event.country)
    state = event.state or ""
    place = {
        "city": mask(city_name(event.city) or "", event.zip)[:_LENGTH],
        "region_id": region_code(state, country) if mask(state, event.zip) == state else None,
        "country_id": country,
    }
    return {name: text for name, text in place.items() if text}


def _user_agent(event: Event) -> str:
    agent = (event.user_agent or "").strip()
    return "" if _OURS.search(agent) else mask(agent, event.zip)[:_USER_AGENT_LENGTH]


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def _stand_in_key(destination: Destination) -> str:
    return f"{destination.account} {destination.secret}"


def _endpoint(destination: Destination) -> str:
    return destination.settings.get("endpoint") or ENDPOINT


def _check_endpoint(endpoint: str, destination: Destination) -> None:
    try:
        check_url(endpoint, allow_private=destination.private_address_allowed)
    except AddressRefused as error:
        raise UsageError(f"The endpoint cannot be used. {error.sentence}") from None
