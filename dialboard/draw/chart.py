"""The small curve under a figure as SVG text: no script, no style attribute, so the strictest content policy lets it
through.

It stretches to the box that the page gives it. Colours and strokes are the page's: `curve`, `curve-area`. A stroke must
not be scaled (vector-effect) and has round caps, so that a single value between two holes is a dot.
"""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

Value = int | float | Decimal | None
Point = tuple[float, float]

WIDTH, HEIGHT = 120.0, 32.0
# The stroke of a line must not be cut off at its highest and lowest value.
MARGIN = 2.0


def sparkline(values: Sequence[Value], title: str = "", width: float = WIDTH, height: float = HEIGHT) -> str:
    """A line from edge to edge over a faint area, without axes; interrupted where a value is None.

    It stands on nought, or on the lowest value when that is below. `title` is its text for those who do not see it;
    without one it is hidden from them.
    """
    runs = _runs(values, width, height)
    areas = "".join(f'<path class="curve-area" d="{_area(run, height)}"/>' for run in runs if len(run) > 1)
    curve = f'<path class="curve" fill="none" d="{"".join(map(_line, runs))}"/>' if runs else ""
    return _picture(areas + curve, title, width, height)


def _picture(inside: str, title: str, width: float, height: float) -> str:
    told = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    words = f"<title>{escape(title)}</title>" if title else ""
    box = f'viewBox="0 0 {_short(width)} {_short(height)}" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} {told} focusable="false">{words}{inside}</svg>'


def _runs(values: Sequence[Value], width: float, height: float) -> list[list[Point]]:
    """The points of each stretch without a hole."""
    low, high = _range(values)
    step = width / (len(values) - 1) if len(values) > 1 else 0.0
    runs: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x = place * step if step else width / 2
            runs[-1].append((x, _height_of(float(value), low, high, height)))
    return [run for run in runs if run]


def _range(values: Sequence[Value]) -> tuple[float, float]:
    known = [0.0, *(float(value) for value in values if value is not None)]
    return min(known), max(known)


def _height_of(value: float, low: float, high: float, height: float) -> float:
    """Downwards from the top. Where all is nought the line lies at the bottom."""
    share = (value - low) / (high - low) if high > low else 0.0
    return height - MARGIN - share * (height - 2 * MARGIN)


def _line(run: Sequence[Point]) -> str:
    (x, y), rest = run[0], run[1:]
    return f"M{_short(x)} {_short(y)}" + ("".join(f"L{_short(x)} {_short(y)}" for x, y in rest) or "h0")


def _area(run: Sequence[Point], height: float) -> str:
    return f"{_line(run)}L{_short(run[-1][0])} {_short(height)}L{_short(run[0][0])} {_short(height)}Z"


def _short(number: float) -> str:
    """Two places are finer than any screen; 90 days fit into a kilobyte."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
