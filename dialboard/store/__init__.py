"""Where rows, points and coverage rest. The only room that talks to an analytics engine."""

from dialboard.store.door import Store
from dialboard.store.place import socket_path
from dialboard.store.remote import RemoteStore, connect

__all__ = ["Store", "is_serving", "open_store", "socket_path"]


def open_store(where: str, *, wait_s: float = 10.0) -> Store:
    """The store at that address: clickhouse://user:password@host:port/database, or the socket of the storing process.

    A socket is opened with the first verb; each verb waits up to `wait_s` for a storing process that is away.
    """
    if where.startswith(("clickhouse://", "clickhouses://")):
        from dialboard.store.clickhouse import ClickHouseStore  # its client takes 0.2 s to import

        return ClickHouseStore(where)
    return RemoteStore(where, wait_s=wait_s)


def is_serving(socket: str) -> bool:
    """Whether a storing process answers there now."""
    connection = connect(socket)
    if connection is None:
        return False
    connection.close()
    return True
