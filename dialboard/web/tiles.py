"""Tiles as pages show them: all of a board's at first without their figures, each with them when it asks for itself."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from dialboard import __version__
from dialboard.control.models import Account, Tile
from dialboard.control.models.tile import TileKind
from dialboard.errors import DialboardError, SeveralCurrencies
from dialboard.measure.library import METRICS, find
from dialboard.shapes.metric import Metric
from dialboard.shapes.money import looks
from dialboard.shapes.series import Series
from dialboard.web import asked, data, figures, freshness, pictures


def listed(
    request: HttpRequest, account: Account, some: Iterable[Tile], wanted: asked.Asked, *, card: bool = False
) -> list[dict[str, Any]]:
    """Each with its title; with its HTML too where the page wants to be whole, otherwise it fetches itself."""
    if not wanted.whole:
        return [{"tile": one, "title": title_of(one)} for one in some]
    fresh = freshness.lately(account)
    all_values = [values(account, one, wanted, fresh, etag_of(one, wanted, fresh), card=card) for one in some]
    return [one | {"html": render_to_string("parts/tile.html", one, request)} for one in all_values]


def title_of(tile: Tile) -> str:
    """The one it was given, or else its metric's; the name itself for a metric that this version does not ship."""
    return tile.title or (METRICS[tile.metric].title if tile.metric in METRICS else tile.metric)


def values(
    account: Account, one: Tile, wanted: asked.Asked, fresh: freshness.Freshness, etag: str, *, card: bool
) -> dict[str, Any]:
    """For the template; its kind is "problem" where the figure is not to be had."""
    found = {
        "tile": one,
        "title": title_of(one),
        "asked": wanted,
        "look_again_s": fresh.look_again_s,
        "card": card,
        "etag_json": json.dumps(etag),  # the element sends it back with its next request
    }
    try:
        return found | _shown(account, one, wanted)
    except SeveralCurrencies:
        return found | {"problem": _in_each_currency(account, one, wanted), "kind": "problem", "lasts": True}
    except DialboardError as error:
        return found | {"problem": error.sentence, "kind": "problem"}


def _in_each_currency(account: Account, one: Tile, wanted: asked.Asked) -> str:
    """The sentence in the place of a figure that would add up what cannot be added."""
    totals = data.ask(account, find(one.metric), wanted, split="currency").totals
    amounts = " and ".join(looks(each.value, "currency", each.dimensions["currency"]) for each in totals)
    return f"{amounts}: several currencies are not added up."


def _shown(account: Account, one: Tile, wanted: asked.Asked) -> dict[str, Any]:
    """What the tile's template shows. Raises DialboardError."""
    metric = find(one.metric)
    series = series_of(account, one, wanted)
    shown: dict[str, Any] = {
        "kind": one.kind,
        "metric": metric,
        "series": series,
        "total": figures.total(series),
        "chip": figures.chip(series, wanted),
        "before": figures.before(series),
        "time_before": figures.time_before(wanted),
        "gaps": figures.gaps_in_words(series, wanted),
        "gaps_short": figures.gaps_in_short(series, wanted),
        "sentence": figures.sentence(series, wanted),
        "is_empty": series.total is None or (not series.total and not any(one.value for one in series.points)),
    }
    adding = figures.adds_up(metric)
    if one.kind == TileKind.BREAKDOWN:
        whole = _whole(account, metric, wanted)
        return shown | {
            "bars": figures.bars(series, adding, whole),
            "left_over": figures.left_over(series),
            "whole": figures.total(whole) if whole and whole.total != series.total else "",
        }
    is_number = one.kind == TileKind.NUMBER
    return shown | {
        "columns": figures.columns(series, wanted, adding),
        "lines": figures.lines(series, adding),
        "picture": pictures.curve(series) if is_number else pictures.chart(series, one.kind, adding),
        # A reader without scripts has a picture only, on a phone too.
        "narrow": "" if is_number or not wanted.whole else pictures.chart(series, one.kind, adding, narrow=True),
    }


def _whole(account: Account, metric: Metric, wanted: asked.Asked) -> Series | None:
    """The series of what the metric is a part of, if it is one."""
    return data.ask(account, find(metric.part_of), wanted) if metric.part_of else None


def series_of(account: Account, one: Tile, wanted: asked.Asked) -> Series:
    """Raises DialboardError."""
    metric = find(one.metric)
    if one.kind == TileKind.BREAKDOWN:
        return data.ask(account, metric, wanted, split=one.split)
    by = wanted.grain(metric, one.by)
    series = data.ask(account, metric, wanted, by=by, split=one.split)
    # Of nothing there are no parts, but nothing is a figure too: a line on nought.
    is_nothing = one.split and series.total == 0 and not series.totals
    return data.ask(account, metric, wanted, by=by) if is_nothing else series


def etag_of(one: Tile, wanted: asked.Asked, fresh: freshness.Freshness) -> str:
    """Changes with the program, the tile, the days, and whatever has arrived; so a board reloads at no cost."""
    parts = [__version__, one.pk, one.metric, one.kind, one.split, one.title, wanted.query, fresh.stamp]
    # A running period is compared up to the same time of day: good for five minutes.
    parts += [wanted.period.from_.isoformat(), wanted.period.until.isoformat(), str(int(wanted.now.timestamp()) // 300)]
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]}"'
