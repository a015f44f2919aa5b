"""One answer of a list: its records and the link to the next page.

Twilio pages in two ways that need no more than following a link: a relative `next_page_uri` (2010-04-01), or an
absolute `meta.next_page_url` (the products). Source: Twilio's OpenAPI files 2.6.7, read 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypedDict
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
from msgspec import Raw, Struct

from dialboard.errors import Refused
from dialboard.shapes.resource import Resource
from dialboard.shapes.times import read_time

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_ARRAY = msgspec.json.Decoder(list[Raw])
_ANY = msgspec.json.Decoder()
# Made at run time from the resource, so the checker cannot follow it.
_typed_dict: Any = TypedDict


class Page(Struct, frozen=True):
    """Each record is the JSON object as it came. `next_url` is complete; None on the last page."""

    records: list[bytes]
    next_url: str | None

    def times(self, resource: Resource) -> list[datetime | None]:
        """The time that the list is cut by, of each record; None where it has none yet."""
        source = resource.field(resource.time).source or ""
        decode = _time_decoder(source).decode
        return [_time_of(decode(record).get(source)) for record in self.records]


def read_page(body: bytes, resource: Resource, url: str, base_url: str) -> Page:
    """Raises Refused when the answer is not a list, or its link leads away from Twilio."""
    try:
        answer = _OBJECT.decode(body)
        link = _next_link(answer)
        records = [bytes(record) for record in _records(answer, resource)]
    except msgspec.DecodeError as error:
        raise Refused(f"The answer for {resource.title} is not the list that was expected ({error}).") from error
    return Page(records, _safe_link(link, url, base_url) if link else None)


@cache
def _time_decoder(source: str) -> msgspec.json.Decoder[Any]:
    """Reads one field and steps over all others."""
    return msgspec.json.Decoder(_typed_dict("time", {source: Any}, total=False))


def _time_of(value: Any) -> datetime | None:
    return read_time(value) if isinstance(value, str) else None


def _records(answer: Mapping[str, Raw], resource: Resource) -> list[Raw]:
    """By the resource's key, else by the one that `meta.key` names, else the only array there is."""
    meta = _ANY.decode(answer["meta"]) if "meta" in answer else {}
    for key in (resource.records, str(meta.get("key"))):
        if key in answer:
            return _ARRAY.decode(answer[key])
    arrays = [value for value in answer.values() if bytes(value)[:1] == b"["]
    if len(arrays) != 1:
        raise msgspec.DecodeError(f"no {resource.records} in it")
    return _ARRAY.decode(arrays[0])


def _next_link(answer: Mapping[str, Raw]) -> str | None:
    if "next_page_uri" in answer:
        link = _ANY.decode(answer["next_page_uri"])
    else:
        link = _ANY.decode(answer["meta"]).get("next_page_url") if "meta" in answer else None
    return link if isinstance(link, str) and link else None


def _safe_link(link: str, url: str, base_url: str) -> str:
    """The link, complete. An absolute link is led to the base URL when that one stands for Twilio's hosts.

    Credentials go wherever this points, so nothing but https at twilio.com or the base URL is let through.
    """
    full, base = urlsplit(urljoin(url, link)), urlsplit(base_url)
    if (full.scheme, full.netloc) == (base.scheme, base.netloc):
        return urlunsplit(full)
    if full.scheme != "https" or not is_twilio(full.hostname or "") or full.port not in (None, 443) or full.username:
        raise Refused("Twilio's answer links to a page outside of twilio.com; it was not followed.")
    if is_twilio(base.hostname or ""):
        return urlunsplit(full)
    return urlunsplit(full._replace(scheme=base.scheme, netloc=base.netloc))


def is_twilio(host: str) -> bool:
    return host == "twilio.com" or host.endswith(".twilio.com")


def with_page_size(url: str, size: int) -> str:
    """The same link asking for fewer records a page."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "PageSize"]
    return urlunsplit(parts._replace(query=urlencode([("PageSize", str(size)), *query])))
