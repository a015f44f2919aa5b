"""The small curves and still pictures of the tiles, drawn in Python, so that a page shows them before any script."""

from django.utils.safestring import SafeString, mark_safe

from dialboard.control.models.tile import TileKind
from dialboard.draw.chart import bars, sparkline
from dialboard.shapes.series import Series
from dialboard.web import figures


def picture(series: Series, kind: str) -> SafeString:
    """The curve of a figure; for a chart what stands in its place until a script draws it."""
    values = figures.spark_values(series)
    # Drawn from numbers alone: nothing that anybody typed is in it.
    return mark_safe(bars(values) if kind == TileKind.BAR else sparkline(values))
