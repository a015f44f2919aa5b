"""Connecting to the very address that was checked, so that a name cannot change its meaning in between."""

import asyncio
import importlib.util
import ipaddress
import socket
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from dialboard.outbound.address import check_number

_Options = Iterable[httpcore.SOCKET_OPTION] | None
_Info = Sequence[tuple[Any, ...]]

# httpcore looks for this module at every lock it makes, and a module that is not there is searched for on the disk each
# time: a third of what a request costs. None tells Python that the search is over.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name, checks every address it has, connects to the first of them that answers.

    The name goes on to TLS, which checks the certificate against it; only the TCP connection gets the number.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError(f"{host} has no address.")
        for number in self._numbers(host, port):
            try:
                return self._tcp.connect_tcp(number, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    def _numbers(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name could not be resolved") from error
        return _checked(host, found, self._allow_private)


class AsyncCheckedBackend(httpcore.AsyncNetworkBackend):
    """The same for an asyncio loop. Resolving counts into the time allowed for connecting."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore.AsyncNetworkStream:
        problem: Exception = httpcore.ConnectError(f"{host} has no address.")
        for number in await self._numbers(host, port, timeout):
            try:
                return await self._tcp.connect_tcp(number, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _numbers(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name could not be resolved") from error
        return _checked(host, found, self._allow_private)


def _checked(host: str, found: _Info, allow_private: bool) -> list[str]:
    # One private address among public ones is refused as a whole: which of them is used is not ours to gamble on.
    numbers = list(dict.fromkeys(str(info[4][0]) for info in found))
    for number in numbers:
        check_number(ipaddress.ip_address(number.partition("%")[0]), host, allow_private=allow_private)
    return numbers
