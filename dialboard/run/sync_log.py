"""The log of syncs that people read, which is also where a killed one is resumed from."""

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Span
from dialboard.sync import plan
from dialboard.sync.plan import joined, minus
from dialboard.sync.pull import Progress

if TYPE_CHECKING:  # models can be imported once Django is set up
    from dialboard.control.models import Connection, SyncRun

FRESH_FOR = timedelta(hours=1)  # how often the trailing days are read again
RESUME_WITHIN = FRESH_FOR  # what a killed sync read before, of the days that still change, counts as old
KEPT_FOR = timedelta(days=30)  # lines for people to read; a connection writes nearly a thousand a day
LIVELY = timedelta(minutes=30)  # what is read again every time: calls that just ended get their status
_NOTE_EVERY_S = 0.2  # pages can come faster than a row is worth writing


class Line:
    """One run over one resource. `fresh`: what need not be read again for being recent; `settled`: what changes no
    more."""

    def __init__(
        self, row: "SyncRun", resource: Resource, resumed: list[Span], fresh: list[Span], now: datetime
    ) -> None:
        from dialboard.control.models import Settled

        self.fresh = fresh
        self._known, _ = Settled.objects.get_or_create(connection=row.connection, resource=row.resource)
        self.settled = _spans(self._known.spans)
        self._row, self._resource, self._now = row, resource, now
        self._read = resumed
        self._noted_at_s = 0.0

    def note(self, held: Span | None, progress: Progress, rows: int, waits: int) -> None:
        """After a page was written. `progress` does not count that page yet, whose `rows` these are."""
        if held is not None:
            self._read = joined([*self._read, held])
            self.settled = joined([*self.settled, *plan.settled(self._resource, [held], self._now)])
        if time.monotonic() - self._noted_at_s < _NOTE_EVERY_S:
            return
        self._noted_at_s = time.monotonic()
        self._save(pages=progress.pages + 1, rows=progress.rows + rows, waits=waits)

    def end(self, progress: Progress, waits: int, problem: str) -> None:
        self._save(pages=progress.pages, rows=progress.rows, waits=waits, problem=problem, finished_at=timezone.now())

    def _save(self, **changes: Any) -> None:
        from dialboard.control.models import Settled, SyncRun

        SyncRun.objects.filter(pk=self._row.pk).update(read=_written(self._read), **changes)
        Settled.objects.filter(pk=self._known.pk).update(spans=_written(self.settled))


def begin(connection: "Connection", resource: Resource, span: Span, *, often: bool, now: datetime) -> Line:
    """A new line. Call it with the connection's lock held: a line without an end is then one of a killed process."""
    from dialboard.control.models import SyncRun

    owner: dict[str, Any] = {"connection": connection, "resource": resource.name}
    resumed = _end_killed(connection, resource.name, now)
    recent = SyncRun.objects.filter(**owner, started_at__gt=now - FRESH_FOR)
    lively = Span(now - LIVELY, now + timedelta(minutes=1))
    calm = minus([one for run in recent for one in _spans(run.read)], [lively]) if often else []
    SyncRun.objects.filter(**owner, started_at__lt=now - KEPT_FOR).delete()
    row = SyncRun.objects.create(**owner, span_from=span.from_, span_until=span.until)
    return Line(row, resource, resumed, joined([*resumed, *calm]), now)


def _end_killed(connection: "Connection", resource: str, now: datetime) -> list[Span]:
    """What a killed run had read; its line gets an end."""
    from dialboard.control.models import SyncRun

    killed = list(SyncRun.objects.filter(connection=connection, resource=resource, finished_at=None))
    for run in killed:
        sentence = "It was killed; the next one goes on from there."
        SyncRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), problem=sentence)
    return joined(one for run in killed if run.started_at > now - RESUME_WITHIN for one in _spans(run.read))


def _spans(written: list[list[str]]) -> list[Span]:
    return [Span(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in written]


def _written(spans: list[Span]) -> list[list[str]]:
    return [[span.from_.isoformat(), span.until.isoformat()] for span in spans]
