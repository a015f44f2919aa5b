"""What may be a name, and the sentence when one is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.db import IntegrityError, transaction

from dialboard.errors import AlreadyExists, UsageError

LONGEST = 100  # characters


def checked(name: str, what: str = "name") -> str:
    """The name without blanks around it. Raises UsageError, which names `what`."""
    name = name.strip()
    if not name:
        raise UsageError(f"The {what} is empty: give it at least one character.")
    if len(name) > LONGEST:
        raise UsageError(f"The {what} has {len(name)} characters: {LONGEST} are the most.")
    if not name.isprintable():
        raise UsageError(f"The {what} has a character that cannot be printed: leave it out.")
    return name


def checked_zone(zone: str) -> str:
    """The IANA name of a time zone. Raises UsageError, which gives examples."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(_no_such_zone(zone)) from error
    return zone


def _no_such_zone(zone: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(zone, available_timezones(), n=3) or ["UTC", "Europe/Berlin", "America/New_York"]
    return f"The zone {zone!r} is not known: give an IANA name such as {', '.join(near)}."


@contextmanager
def change(taken: str) -> Iterator[None]:
    """One transaction; a uniqueness that the database refuses becomes AlreadyExists with that sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        raise AlreadyExists(taken) from error
