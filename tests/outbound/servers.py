"""A server that answers with the very bytes it is told to, however wrong."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Talk = Callable[[socket.socket, bytes], None]


class Wire:
    """What arrived, request by request, and where to ask."""

    def __init__(self, port: int, scheme: str) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"


@contextlib.contextmanager
def wire(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """`talk` gets the connection and one request's bytes, and answers as it likes."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = Wire(listener.getsockname()[1], "https" if tls else "http")
    ended = threading.Event()

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        seen.connections += 1
        with contextlib.suppress(OSError):
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            connection.settimeout(10)
            while request := _request(connection):
                seen.requests.append(request)
                talk(connection, request)
        connection.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def saying(answer: bytes, *, close: bool = False) -> Talk:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return talk


def silent(until: threading.Event) -> Talk:
    return lambda connection, request: until.wait(10) and None


def answer(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _request(connection: socket.socket) -> bytes:
    """One whole request, head and body; b"" when the other side is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body
