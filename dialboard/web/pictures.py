"""The small curves of the tiles, drawn in Python, so that a page shows them before any script."""

from django.utils.safestring import SafeString, mark_safe

from dialboard.draw.chart import sparkline
from dialboard.shapes.series import Series
from dialboard.web import figures


def curve(series: Series) -> SafeString:
    """The curve of a figure; in a chart it stands until the script draws one with axes."""
    # Drawn from numbers alone: nothing that anybody typed is in it.
    return mark_safe(sparkline(figures.spark_values(series)))
