"""Numbers -> SVG with labelled axes: lines, areas and stacked bars.

Everything is drawn with presentation attributes; a page's style sheet outranks them by the classes `grid`, `label`,
`gap` and `dot`. Where nothing is held nothing is drawn: a line breaks, and a value alone between two gaps is a dot.
"""

import math
from collections.abc import Callable, Sequence

from msgspec import Struct

from dialboard.draw.scale import Value, bounds, known, runs, spread, ticks
from dialboard.draw.svg import GAP, PAGE, Palette, drawing, element, number, text
from dialboard.shapes.money import NOTHING

SIZE = (640.0, 240.0)
_LABEL_SIZE, _LABEL_WIDTH = 11, 6.4  # a letter of that size is about so wide
_MOST_LABELS = 6


class Curve(Struct, frozen=True):
    """One value a bucket; `colour` is 1 to 6, or 0 for what it is compared with, which is drawn dashed."""

    name: str
    values: Sequence[Value]
    colour: int = 1


class Axes(Struct, frozen=True):
    """What is written at the axes: a word for each bucket, and the words of a value."""

    across: Sequence[str]
    up: Callable[[float], str]
    unit: str = ""
    whole: bool = False  # no tick between two whole numbers


def line(
    curves: Sequence[Curve],
    axes: Axes,
    *,
    filled: bool = False,
    title: str | None = None,
    size: tuple[float, float] = SIZE,
    palette: Palette = PAGE,
) -> str:
    """Lines over labelled axes; `filled` tints what is below the first, which then stands on nought."""
    rows = [known(curve.values) for curve in curves]
    frame = _frame(rows, axes, size, from_zero=filled)
    drawn = [_line_of(row, curve.colour, frame, palette) for row, curve in zip(rows, curves, strict=True)]
    if filled and rows:
        drawn.append(_area_of(rows[0], curves[0].colour, frame, palette))
    # The first is the one it is about: it lies on top.
    return _chart(rows, frame, axes, "".join(reversed(drawn)), title, palette)


def bars(
    curves: Sequence[Curve],
    axes: Axes,
    *,
    title: str | None = None,
    size: tuple[float, float] = SIZE,
    palette: Palette = PAGE,
) -> str:
    """Bars over labelled axes, from nought; several curves are stacked, what is below nought downwards."""
    rows = [known(curve.values) for curve in curves]
    stacks = [_stack([row[place] for row in rows]) for place in range(max(map(len, rows), default=0))]
    frame = _frame([[end for stack in stacks for ends in stack if ends for end in ends]], axes, size, from_zero=True)
    drawn = [
        _bar(place, ends, curve.colour, frame, palette)
        for place, stack in enumerate(stacks)
        for curve, ends in zip(curves, stack, strict=True)
        if ends
    ]
    return _chart(rows, frame, axes, "".join(drawn), title, palette)


class _Frame(Struct, frozen=True):
    """Where the values lie in the picture."""

    size: tuple[float, float]
    left: float
    right: float
    top: float
    bottom: float
    ticks: list[float]
    buckets: int

    def x(self, place: float) -> float:
        """The middle of a bucket; -0.5 and +0.5 are its edges."""
        return self.left + (place + 0.5) * self.bucket

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    @property
    def bucket(self) -> float:
        return (self.right - self.left) / max(1, self.buckets)


def _frame(rows: list[list[float | None]], axes: Axes, size: tuple[float, float], from_zero: bool) -> _Frame:
    ceiling = 100.0 if axes.unit == "%" else math.inf
    low, high = bounds((value for row in rows for value in row), from_zero, ceiling)
    found = ticks(low, high, axes.unit, axes.whole)
    left = 12 + _LABEL_WIDTH * max(len(axes.up(tick)) for tick in found)
    return _Frame(size, left, size[0] - 8, 10, size[1] - 24, found, len(axes.across))


def _chart(
    rows: list[list[float | None]], frame: _Frame, axes: Axes, drawn: str, title: str | None, palette: Palette
) -> str:
    if not any(value is not None for row in rows for value in row):
        return drawing(frame.size, title, _label(NOTHING, frame.size[0] / 2, frame.size[1] / 2, "middle"))
    inner = _gaps(rows, frame, palette) + _up(frame, axes) + drawn + _across(frame, axes)
    # A script that draws it anew takes the same lines across and their words, so that nothing jumps.
    across = {
        "data_ticks": " ".join(f"{tick:.12g}" for tick in frame.ticks),
        "data_words": "|".join(axes.up(tick) for tick in frame.ticks),
    }
    return drawing(frame.size, title, inner, preserveAspectRatio="xMidYMid meet", **across)


def _gaps(rows: list[list[float | None]], frame: _Frame, palette: Palette) -> str:
    """The buckets of which nothing is held, tinted."""
    missing = [
        None if any(place < len(row) and row[place] is not None for row in rows) else 0.0
        for place in range(frame.buckets)
    ]
    return "".join(
        element(
            "rect",
            class_="gap",
            x=frame.x(run.start - 0.5),
            y=frame.top,
            width=len(run) * frame.bucket,
            height=frame.bottom - frame.top,
            fill=palette[GAP],
        )
        for run in runs(missing)
    )


def _up(frame: _Frame, axes: Axes) -> str:
    """The lines across and their values."""
    path = "".join(f"M{number(frame.left)} {number(frame.y(tick))}H{number(frame.right)}" for tick in frame.ticks)
    grid = element("path", class_="grid", d=path, stroke="currentColor", stroke_opacity="0.14", fill="none")
    return grid + "".join(_label(axes.up(tick), frame.left - 8, frame.y(tick) + 4, "end") for tick in frame.ticks)


def _across(frame: _Frame, axes: Axes) -> str:
    """The names of some buckets: the first, the last, and as many between as there is room for."""
    longest = max((len(word) for word in axes.across), default=1) * _LABEL_WIDTH
    room = max(2, min(_MOST_LABELS, int((frame.right - frame.left) / (longest + 16))))
    # Under its bucket, but where buckets are narrow the outer ones would stick out of the picture.
    outer = {0: ("start", frame.left), frame.buckets - 1: ("end", frame.right)} if longest > frame.bucket else {}
    found = []
    for place in spread(frame.buckets, room):
        anchor, x = outer.get(place, ("middle", frame.x(place)))
        found.append(_label(axes.across[place], x, frame.size[1] - 6, anchor))
    return "".join(found)


def _label(words: str, x: float, y: float, anchor: str) -> str:
    return element(
        "text", text(words), class_="label", x=x, y=y, text_anchor=anchor, font_size=_LABEL_SIZE,
        fill="currentColor", fill_opacity="0.72",
    )  # fmt: skip


def _line_of(row: list[float | None], colour: int, frame: _Frame, palette: Palette) -> str:
    stroke = palette[colour]
    found = []
    for run in runs(row):
        spots = [(frame.x(place), frame.y(row[place] or 0.0)) for place in run]
        found.append(_dot(spots[0], stroke) if len(spots) == 1 else _stroke(spots, stroke, dashed=colour == 0))
    return "".join(found)


def _stroke(spots: list[tuple[float, float]], stroke: str, dashed: bool) -> str:
    dashes = "4 4" if dashed else None
    return element(
        "path", d=_path(spots), fill="none", stroke=stroke, stroke_width="2", stroke_linejoin="round",
        stroke_linecap="round", stroke_dasharray=dashes,
    )  # fmt: skip


def _area_of(row: list[float | None], colour: int, frame: _Frame, palette: Palette) -> str:
    """Down to nought, which a filled chart always has."""
    floor = number(frame.y(0.0))
    found = []
    for run in runs(row):
        if len(run) > 1:
            spots = [(frame.x(place), frame.y(row[place] or 0.0)) for place in run]
            path = f"{_path(spots)}V{floor}H{number(spots[0][0])}Z"
            found.append(element("path", d=path, fill=palette[colour], fill_opacity="0.12"))
    return "".join(found)


def _stack(values: list[float | None]) -> list[tuple[float, float] | None]:
    """Where each bar of a bucket begins and ends; None where there is none."""
    up = down = 0.0
    found: list[tuple[float, float] | None] = []
    for value in values:
        if value is None:
            found.append(None)
        elif value >= 0:
            found.append((up, up + value))
            up += value
        else:
            found.append((down, down + value))
            down += value
    return found


def _bar(place: int, ends: tuple[float, float], colour: int, frame: _Frame, palette: Palette) -> str:
    width = min(frame.bucket * 0.72, 48)
    top, bottom = sorted((frame.y(ends[0]), frame.y(ends[1])))
    return element(
        "rect", x=frame.x(place) - width / 2, y=top, width=width, height=bottom - top, fill=palette[colour]
    )  # fmt: skip


def _dot(spot: tuple[float, float], stroke: str) -> str:
    """A stroke of almost no length with round ends: some renderers leave out one of none at all."""
    return element(
        "path", class_="dot", d=f"M{number(spot[0])} {number(spot[1])}h.01", stroke=stroke, stroke_width="5",
        stroke_linecap="round",
    )  # fmt: skip


def _path(spots: list[tuple[float, float]]) -> str:
    """M and the points: whatever follows the first is a line to it."""
    return "M" + " ".join(f"{number(x)} {number(y)}" for x, y in spots)
