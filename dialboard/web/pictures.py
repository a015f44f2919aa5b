"""The curves and charts of the tiles, drawn in Python, so that a page shows them before any script."""

from typing import Literal, cast

from django.utils.safestring import SafeString, mark_safe

from dialboard.draw.chart import sparkline
from dialboard.draw.picture import picture
from dialboard.shapes.series import Series
from dialboard.web import figures


def curve(series: Series) -> SafeString:
    """The curve under a figure."""
    # Drawn from numbers alone: nothing that anybody typed is in it.
    return mark_safe(sparkline(figures.spark_values(series)))


def chart(series: Series, kind: str, adding: bool) -> SafeString:
    """A chart with its axes; it stands until the script draws one that can be asked."""
    drawn = picture(series, cast(Literal["line", "area", "bar"], kind), adding=adding)
    return mark_safe(drawn)  # its words are escaped where they are drawn
