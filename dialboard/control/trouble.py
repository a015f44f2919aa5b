"""What people read when the control database does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from dialboard.config import Config
from dialboard.errors import DataFolderError, first_line


def sentence(config: Config, error: BaseException) -> str:
    """The driver's reason, the setting and the cure. The reason may hold the address, but never the password."""
    reason = " ".join(first_line(error).removeprefix("connection failed: ").split()) or type(error).__name__
    if config.control_url is None:
        return f"{config.data.control} cannot be used now ({reason})."
    return (
        f"The PostgreSQL of what people decided does not answer ({reason}): see to the server, or correct"
        " DIALBOARD_CONTROL_URL."
    )


@contextmanager
def translated(config: Config) -> Iterator[None]:
    """Raises DataFolderError for whatever the database raises."""
    from django.db import Error

    try:
        yield
    except Error as error:
        raise DataFolderError(sentence(config, error)) from error
