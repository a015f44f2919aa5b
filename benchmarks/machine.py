"""Whether the machine stood still while something was measured on it.

A machine that is shared with others loses its processors to them now and then, for 20 to 80 ms at a time on the ones
seen here, and no program answers then. So a process on each processor, before which nothing else runs there, does the
same small piece of work every few milliseconds. Where that takes much longer than it mostly does, it was the machine,
and not a program that keeps another one waiting.

What is much longer was found with an application that answers fixed bytes, 6,500 times a second: in five runs its p99
was 2 to 19 ms, and 2 to 3 ms in each of them without the moments found so. benchmarks/collector.py has it beside ours.
"""

import contextlib
import gc
import multiprocessing
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from msgspec import Struct

EVERY_S = 0.004
WORK = 1_500  # turns of a loop: about 0.1 ms, so the work takes 3 % of a processor
WINDOW_S = 0.04
STILL = 2.5  # times as long as mostly, on average over a window

Sample = tuple[float, float]  # when it began, on the monotonic clock, and how long it took


class Span(Struct, frozen=True):
    """Seconds of the monotonic clock."""

    begin: float
    end: float


class Watch:
    """`known` is whether this user may put a process before all others (root may); without that there are no spans."""

    def __init__(self) -> None:
        self.known = _may_go_first()
        self.spans: list[Span] = []

    @property
    def seconds(self) -> float:
        return sum(span.end - span.begin for span in self.spans)


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """The spans in which the machine stood still, in order, are there when this is over."""
    watch = Watch()
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(_probing(cpu)) for cpu in sorted(os.sched_getaffinity(0))] if watch.known else []
        yield watch
        samples = [probe() for probe in probes]
    watch.spans = _joined(number for one in samples for number in _still(one))


def _may_go_first() -> bool:
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, policy, parameter)
    return True


@contextlib.contextmanager
def _probing(cpu: int) -> Iterator[Callable[[], list[Sample]]]:
    """Gives what stops the probe and returns its samples."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=_probe, args=(cpu, stop, theirs), daemon=True)
    process.start()

    def samples() -> list[Sample]:
        stop.set()
        found: list[Sample] = ours.recv()
        return found

    try:
        yield samples
    finally:
        process.terminate()
        process.join()


def _probe(cpu: int, stop: Event, told: Connection) -> None:
    os.sched_setaffinity(0, {cpu})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    gc.disable()
    samples: list[Sample] = []
    while not stop.is_set():
        began = time.perf_counter()
        total = 0
        for number in range(WORK):
            total += number
        samples.append((began, time.perf_counter() - began))
        time.sleep(EVERY_S)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    told.send(samples)


def _still(samples: list[Sample]) -> list[int]:
    """The numbers of the windows of a processor in which it stood still."""
    mostly = statistics.median(took for _, took in samples)
    windows: dict[int, list[float]] = defaultdict(list)
    for began, took in samples:
        windows[int(began / WINDOW_S)].append(took)
    return [number for number, all_ in windows.items() if statistics.fmean(all_) > STILL * mostly]


def _joined(windows: Iterable[int]) -> list[Span]:
    spans: list[Span] = []
    for number in sorted(set(windows)):
        begin, end = number * WINDOW_S, (number + 1) * WINDOW_S
        if spans and begin - spans[-1].end < WINDOW_S / 2:
            spans[-1] = Span(spans[-1].begin, end)
        else:
            spans.append(Span(begin, end))
    return spans
