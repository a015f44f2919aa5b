"""Home: how the account stands in one sentence, its main figures, and what to do next."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dialboard.control.models import Account
from dialboard.control.models.tile import TileKind
from dialboard.web import addresses, asked, freshness, standing, steps, tiles
from dialboard.web.access import for_members


@require_safe
@for_members
def home(request: HttpRequest, account: Account) -> HttpResponseBase:
    fresh = freshness.of(account)
    wanted = asked.read(request, account.zone)
    values: dict[str, Any] = {"fresh": fresh, "asked": wanted}
    if _is_new(account, fresh):
        return render(request, "home_new.html", values | {"tracker": addresses.tracker(request)})
    board = account.boards.first()
    pinned = board.tiles.filter(kind=TileKind.NUMBER)[:4] if board else []
    values |= {
        "board": board,
        "tiles": tiles.listed(request, account, pinned, wanted, card=True),
        "sentence": standing.sentence(account),
        "steps": (found := steps.of(account)),
        "open_steps": [step for step in found if not step.done],
        "connections": account.connections.all(),
        "open_orders": freshness.open_orders(account),
    }
    return render(request, "home.html", values)


def _is_new(account: Account, fresh: freshness.Freshness) -> bool:
    return fresh.updated_at is None and not fresh.arriving and not account.connections.exists()
