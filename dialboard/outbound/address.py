"""Which addresses may be spoken to: the public internet over https, unless the operator allowed more."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from dialboard.errors import AddressRefused

# Public by their number, yet only a cloud's own machines answer there: Azure's wire server, Oracle's metadata.
_METADATA = {ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("192.0.0.192")}

# Prefixes under which an IPv6 address carries an IPv4 one that the network unwraps: NAT64 and IPv4-compatible.
_WRAPPING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))


def check_url(url: str, *, allow_private: bool = False) -> SplitResult:
    """The parts of an address that may be asked. AddressRefused says what is wrong and the cure.

    A name is only judged when it is resolved, at the moment of connecting; an address in digits is judged here too.
    """
    parts = _split(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise AddressRefused("This is not a web address: it has to look like https://example.com/path.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(f"The address of {parts.hostname} holds a user name or password: leave them out of it.")
    if parts.scheme == "http" and not allow_private:
        raise AddressRefused(f"The address of {parts.hostname} is not encrypted: use https.")
    if number := _number(parts.hostname):
        check_number(number, parts.hostname, allow_private=allow_private)
    return parts


def check_number(number: IPv4Address | IPv6Address, host: str, *, allow_private: bool) -> None:
    """AddressRefused when `host` leads to a private, loopback, link-local, metadata, multicast or reserved address."""
    if not allow_private and not is_public(number):
        raise AddressRefused(
            f"{host} leads into a private network, where Dialboard does not go: use an address that is reachable from "
            "the internet, or let the operator give it on the command line."
        )


def is_public(number: IPv4Address | IPv6Address) -> bool:
    """Whether the address belongs to the public internet, also after unwrapping an IPv4 address inside an IPv6 one."""
    if inner := _wrapped(number):
        return is_public(inner)
    return number.is_global and not number.is_multicast and not number.is_reserved and number not in _METADATA


def _wrapped(number: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(number, IPv4Address):
        return None
    if number.ipv4_mapped or number.sixtofour:
        return number.ipv4_mapped or number.sixtofour
    if number.teredo:
        return number.teredo[1]
    return IPv4Address(int(number) & 0xFFFFFFFF) if any(number in network for network in _WRAPPING) else None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        raise AddressRefused("This is not a web address: it has to look like https://example.com/path.") from None
    return parts


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
