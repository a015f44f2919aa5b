"""Events by their number, from memory or from the journal."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from dialboard.shapes.event import Event

_GAP = 50  # reading a few entries too many is cheaper than asking once more


class Entry(Protocol):
    @property
    def sequence(self) -> int: ...
    @property
    def event(self) -> Event: ...


class Reader(Protocol):
    """The journal as the lanes need it; `journal.Reader` is one."""

    def read(self, after: int, limit: int) -> Sequence[Entry]: ...


class Events:
    """Remembers the newest, since most are delivered a moment after they were read."""

    def __init__(self, reader: Reader, keep: int = 5_000) -> None:
        self._reader = reader
        self._keep = keep
        self._known: OrderedDict[int, Event] = OrderedDict()

    def after(self, sequence: int, limit: int) -> Sequence[Entry]:
        """The next entries of the journal, which are remembered."""
        entries = self._reader.read(sequence, limit)
        for entry in entries:
            self._known[entry.sequence] = entry.event
        while len(self._known) > self._keep:
            self._known.popitem(last=False)
        return entries

    def find(self, sequences: Iterable[int]) -> dict[int, Event]:
        """Those that are there; one that is missing was forgotten with its account."""
        wanted = set(sequences)
        found = {number: self._known[number] for number in wanted if number in self._known}
        for first, last in _runs(sorted(wanted - found.keys())):
            for entry in self._reader.read(first - 1, last - first + 1):
                if entry.sequence in wanted:
                    found[entry.sequence] = entry.event
        return found


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The numbers as few spans (first, last), so that one reading serves many of them."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] - numbers[at - 1] > _GAP:
            yield numbers[start], numbers[at - 1]
            start = at
