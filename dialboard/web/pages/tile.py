"""One tile of a board: a piece of HTML with its figure, its chart and its table; or the same as JSON."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dialboard import __version__
from dialboard.control.models import Account, Tile
from dialboard.control.models.tile import TileKind
from dialboard.errors import DialboardError
from dialboard.measure.document import document, encode
from dialboard.measure.library import find
from dialboard.shapes.metric import Metric
from dialboard.shapes.series import Series
from dialboard.web import asked, data, figures, freshness, pictures, tiles
from dialboard.web.access import for_members


@require_safe
@for_members
def tile(request: HttpRequest, account: Account, board: str, tile: str) -> HttpResponseBase:
    one = get_object_or_404(Tile, pk=tile, board=board, board__account=account)
    wanted = asked.read(request, account.zone)
    fresh = freshness.lately(account)
    etag = _etag(one, wanted, fresh)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    values: dict[str, Any] = {
        "tile": one,
        "title": tiles.titled([one])[0]["title"],
        "asked": wanted,
        "look_again_s": fresh.look_again_s,
        "card": bool(request.GET.get("card")),
        "etag_json": json.dumps(etag),  # the element carries it back to us with its next request
    }
    try:
        values |= shown(account, one, wanted)
    except DialboardError as error:
        values |= {"problem": error.sentence, "kind": "problem"}
        return render(request, "parts/tile.html", values)
    response = render(request, "parts/tile.html", values)
    response["ETag"] = etag
    return response


@require_safe
@for_members
def as_json(request: HttpRequest, account: Account, board: str, tile: str) -> HttpResponseBase:
    """The series of a tile, in the words of `dialboard query`."""
    one = get_object_or_404(Tile, pk=tile, board=board, board__account=account)
    wanted = asked.read(request, account.zone)
    etag = _etag(one, wanted, freshness.lately(account))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    series = _series(account, one, find(one.metric), wanted)
    return HttpResponse(encode(document(series)), content_type="application/json", headers={"ETag": etag})


def shown(account: Account, one: Tile, wanted: asked.Asked) -> dict[str, Any]:
    """What the tile's template shows. Raises DialboardError."""
    metric = find(one.metric)
    series = _series(account, one, metric, wanted)
    values: dict[str, Any] = {
        "kind": one.kind,
        "metric": metric,
        "series": series,
        "total": figures.total(series),
        "chip": figures.chip(series, wanted),
        "before": figures.before(series),
        "time_before": figures.time_before(wanted),
        "gaps": figures.gaps_in_words(series, wanted),
        "sentence": figures.sentence(series, wanted),
        "is_empty": series.total is None or (not series.total and not any(one.value for one in series.points)),
    }
    adding = figures.adds_up(metric)
    if one.kind == TileKind.BREAKDOWN:
        return values | {"bars": figures.bars(series, adding), "left_over": figures.left_over(series)}
    return values | {
        "columns": figures.columns(series, wanted, adding),
        "lines": figures.lines(series, adding),
        "picture": (
            pictures.curve(series) if one.kind == TileKind.NUMBER else pictures.chart(series, one.kind, adding)
        ),
    }


def _series(account: Account, one: Tile, metric: Metric, wanted: asked.Asked) -> Series:
    by = None if one.kind == TileKind.BREAKDOWN else wanted.grain(metric, one.by)
    return data.ask(account, metric, wanted, by=by, split=one.split)


def _etag(one: Tile, wanted: asked.Asked, fresh: freshness.Freshness) -> str:
    """Changes with the program, the tile, the days, and whatever has arrived; so a board reloads at no cost."""
    parts = [__version__, one.pk, one.metric, one.kind, one.split, one.title, wanted.query, fresh.stamp]
    # A running period is compared up to the same time of day: good for five minutes.
    parts += [wanted.period.from_.isoformat(), wanted.period.until.isoformat(), str(int(wanted.now.timestamp()) // 300)]
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]}"'
