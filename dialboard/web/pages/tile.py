"""One tile of a board: a piece of HTML with its figure, its chart and its table; or the same as JSON."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account, Tile
from dialboard.measure.document import document, encode
from dialboard.web import asked, freshness, tiles
from dialboard.web.access import for_members


@require_safe
@for_members
def tile(request: HttpRequest, account: Account, board: str, tile: str) -> HttpResponseBase:
    one = get_object_or_404(Tile, pk=tile, board=board, board__account=account)
    wanted = asked.read(request, account.zone)
    fresh = freshness.lately(account)
    etag = tiles.etag_of(one, wanted, fresh)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    values = tiles.values(account, one, wanted, fresh, etag, card=bool(request.GET.get("card")))
    response = render(request, "parts/tile.html", values)
    if values["kind"] != "problem":
        response["ETag"] = etag
    return response


@require_safe
@for_members
def as_json(request: HttpRequest, account: Account, board: str, tile: str) -> HttpResponseBase:
    """The series of a tile, in the words of `dialboard query`."""
    one = get_object_or_404(Tile, pk=tile, board=board, board__account=account)
    wanted = asked.read(request, account.zone)
    etag = tiles.etag_of(one, wanted, freshness.lately(account))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    series = tiles.series_of(account, one, wanted)
    return HttpResponse(encode(document(series)), content_type="application/json", headers={"ETag": etag})
