"""The small curves and still pictures of the tiles, drawn in Python, so that a page shows them before any script."""

from django.utils.safestring import SafeString, mark_safe

from dialboard.draw.chart import sparkline
from dialboard.shapes.series import Series
from dialboard.web import figures


def spark(series: Series) -> SafeString:
    return mark_safe(sparkline(figures.spark_values(series)))


still = spark
