"""The curves and charts of the tiles, drawn in Python, so that a page shows them before any script."""

from typing import Literal, cast

from django.utils.safestring import SafeString, mark_safe

from dialboard.draw.chart import sparkline
from dialboard.draw.picture import picture
from dialboard.draw.plot import SIZE
from dialboard.shapes.series import Series
from dialboard.web import figures


def curve(series: Series) -> SafeString:
    """The curve under a figure."""
    # Drawn from numbers alone: nothing that anybody typed is in it.
    return mark_safe(sparkline(figures.spark_values(series)))


_NARROW = (320.0, 190.0)  # a tile on a phone: the usual size would be scaled down until nobody can read its words


def chart(series: Series, kind: str, adding: bool, *, narrow: bool = False) -> SafeString:
    """A chart with its axes; it stands until the script draws one that can be asked."""
    size = _NARROW if narrow else SIZE
    drawn = picture(series, cast(Literal["line", "area", "bar"], kind), adding=adding, size=size)
    return mark_safe(drawn)  # its words are escaped where they are drawn
