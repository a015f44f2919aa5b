"""Tiles as a page lists them."""

from collections.abc import Iterable
from typing import Any

from dialboard.control.models import Tile
from dialboard.measure.library import METRICS


def titled(tiles: Iterable[Tile]) -> list[dict[str, Any]]:
    """Each with the title it was given, or else its metric's."""
    return [{"tile": tile, "title": tile.title or title(tile.metric)} for tile in tiles]


def title(metric: str) -> str:
    """The name itself for a metric that this version does not ship."""
    return METRICS[metric].title if metric in METRICS else metric
