"""Slices -> pages, several slices at once; each page is handed on with the span that is held because of it.

A slice is walked newest first. Once a page is written, everything from its oldest record to the slice's end is held,
so a run that is killed has lost no more than the page in hand of each open slice.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialboard.errors import OutsideRetention
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Span
from dialboard.sync.pace import AT_ONCE
from dialboard.sync.plan import is_by_day
from dialboard.twilio.client import Client
from dialboard.twilio.page import Page

_SECOND = timedelta(seconds=1)
# A list that is less in order than this is not believed to be in order of time at all.
_DISORDER = timedelta(hours=1)

Put = Callable[[Page, Span | None], Awaitable[None]]


@dataclass
class Progress:
    """How far a pull is. `share` is of the time to be read, 0 to 1; `skipped` what Twilio no longer has."""

    slices: int = 0
    slices_done: int = 0
    pages: int = 0
    rows: int = 0
    seconds: float = 0.0
    seconds_done: float = 0.0
    skipped: int = 0

    @property
    def share(self) -> float:
        return min(self.seconds_done / self.seconds, 1.0) if self.seconds else 1.0


async def pull(
    client: Client,
    resource: Resource,
    slices: Sequence[Span],
    put: Put,
    *,
    progress: Progress | None = None,
    parallel: int = AT_ONCE,
    now: datetime | None = None,
) -> Progress:
    """Reads every slice, in their order, `parallel` of them at once; returns when all of them are written.

    `put(page, held)` must return only once the page is durable; `held` must be written with it, or after it. The first
    error ends the others and is raised as it is. `now` is the end that was frozen; by default that of the newest slice.
    """
    progress = progress or Progress()
    progress.slices += len(slices)
    progress.seconds += sum((span.until - span.from_).total_seconds() for span in slices)
    waiting = deque(slices)
    end = now or max((span.until for span in slices), default=None)

    async def work() -> None:
        while waiting:
            await _Slice(client, resource, waiting.popleft(), put, progress).read(end)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(parallel, len(slices))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        # The first one is the cause: the others were cancelled because of it.
        raise errors.exceptions[0] from None
    return progress


class _Slice:
    """One slice while it is read."""

    def __init__(self, client: Client, resource: Resource, span: Span, put: Put, progress: Progress) -> None:
        self.client, self.resource, self.span, self.put, self.progress = client, resource, span, put, progress
        self.held_from = span.until
        self.oldest: datetime | None = None
        self.disorder = timedelta()

    async def read(self, end: datetime | None) -> None:
        try:
            await self._walk()
        except OutsideRetention as error:
            # The account keeps less than Twilio's usual time, which only this answer tells.
            begin = end - timedelta(days=error.days) + timedelta(minutes=1) if error.days and end else None
            if begin is not None and self.span.from_ < begin < self.span.until:
                self.span = Span(begin, self.span.until)
                await self._walk()
            elif begin is None:
                raise
            self.progress.skipped += 1
        self._note_done(self.span.from_)
        self.progress.slices_done += 1

    async def _walk(self) -> None:
        async with aclosing(self.client.pages(self.resource, self.span)) as pages:
            async for page in pages:
                held = self._held_after(page) if page.next_url else self.span
                await self.put(page, held)
                self.progress.pages += 1
                self.progress.rows += len(page.records)
                if held is not None:
                    self._note_done(held.from_)

    def _held_after(self, page: Page) -> Span | None:
        """From where on the slice is held once this page is written; None when its order does not tell."""
        if is_by_day(self.resource):
            return None
        for at in page.times(self.resource):
            if at is None:
                continue
            if self.oldest is not None and at > self.oldest:
                self.disorder = max(self.disorder, at - self.oldest)
            self.oldest = at if self.oldest is None else min(self.oldest, at)
        if self.oldest is None or self.disorder > _DISORDER:
            return None
        # Records of the same second may be on the next page, and so may others by as much as the list is out of order.
        begin = self.oldest + _SECOND + 2 * self.disorder
        return Span(begin, self.span.until) if self.span.from_ < begin < self.span.until else None

    def _note_done(self, begin: datetime) -> None:
        if begin < self.held_from:
            self.progress.seconds_done += (self.held_from - begin).total_seconds()
            self.held_from = begin
