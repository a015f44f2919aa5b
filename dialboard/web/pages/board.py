"""A board: the grid with its tiles as skeletons of their final size; each tile then fetches itself."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account, Board
from dialboard.web import asked, freshness, tiles
from dialboard.web.access import for_members


@require_safe
@for_members
def board(request: HttpRequest, account: Account, board: str) -> HttpResponseBase:
    one = get_object_or_404(Board, pk=board, account=account)
    wanted = asked.read(request, account.zone)
    fresh = freshness.of(account)
    values = {
        "board": one,
        "tiles": tiles.listed(request, account, one.tiles.all(), wanted),
        "asked": wanted,
        "periods": [(name, title, wanted.query_with(range_=name)) for name, title in asked.PERIODS.items()],
        "compare_query": wanted.query_with(compare=not wanted.compare),
        "fresh": fresh,
        "open_orders": freshness.open_orders(account),
        "nothing_yet": fresh.updated_at is None and not fresh.arriving and not account.connections.exists(),
    }
    # The line above the tiles looks again by itself while data arrives.
    return render(request, "parts/board_status.html" if getattr(request, "htmx", None) else "board.html", values)
