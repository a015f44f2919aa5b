"""The socket that serving answers on, and the server on it."""

import errno
import resource
import socket
from typing import Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.server.embed import Server

from dialboard.errors import CannotListen, DialboardError, UsageError

_BACKLOG = 1024  # connections that wait while serving is started again, instead of being refused
# At once, most of them idle: a browser keeps six open, a proxy dozens, and each costs some kB. The next one waits until
# one of them ends, which granian sees to after 30 s of silence; by default it would wait from the 129th on, and a
# sender behind idle browsers with it.
_CONNECTIONS = 4096
_OTHER_FILES = 256  # what else serving has open, generously


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises CannotListen when somebody else has it, UsageError for a host
    that this machine is not.

    Without SO_REUSEPORT, with which granian's own sockets let a second server take half of the connections in silence.
    """
    listening: socket.socket | None = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it an answer in two pieces waits 40 ms for the visitor's word on the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        return listening
    except OSError as error:
        if listening:
            listening.close()
        raise _refusal(host, port, error) from error


class SocketServer(Server):
    """granian's server on a socket that is open already; it begins to accept when it begins to serve, and closes it."""

    def __init__(self, app: Any, listening: socket.socket) -> None:
        super().__init__(
            app, interface=Interfaces.ASGI, log_enabled=False, websockets=False, backpressure=_allow_connections()
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        self._sfd = self._listening.detach()  # type: ignore[assignment]  # declared as None there
        self._shd = SocketHolder(self._sfd, False, _BACKLOG)  # type: ignore[assignment,call-arg]  # as above


def _allow_connections() -> int:
    """How many there may be at once. Asks for as many open files, 1024 being usual, as far as the system lets us: a
    server that runs out of them cannot even accept a connection to refuse it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # of files, Linux has no unlimited
    files = min(max(soft, _CONNECTIONS + _OTHER_FILES), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(16, min(_CONNECTIONS, files - _OTHER_FILES))


def _refusal(host: str, port: int, error: OSError) -> DialboardError:
    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            f"Port {port} of {host} is in use by another program: stop it, or choose another with --port."
        )
    if error.errno == errno.EACCES:
        return CannotListen(f"Port {port} is for the administrator only: choose one above 1023 with --port.")
    return UsageError(f"Cannot listen on {host} port {port} ({error.strerror}): choose another with --host and --port.")
