"""What every page needs around its content."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from dialboard.control.models import Account, Board
from dialboard.web.access import place_of

# (name of the url, word, icon, whether it has a place in the phone's bar)
NAVIGATION = (
    ("home", "Home", "home", True),
    ("board", "Overview", "board", True),
    ("events", "Events", "events", True),
    ("connections", "Connections", "connections", True),
    ("destinations", "Destinations", "destinations", False),
    ("credentials", "Credentials", "credentials", False),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The account in view with its navigation and the person's other accounts; the looks that were chosen."""
    looks = request.COOKIES.get("dialboard_theme", "")
    values: dict[str, Any] = {
        "looks": looks if looks in {"light", "dark"} else "system",
        "here": request.get_full_path(),
    }
    if place := place_of(request):
        values |= {
            "account": place.account,
            "may_change": place.may_change,
            "navigation": SimpleLazyObject(partial(_navigation, request, place.account)),  # a tile shows none
            "accounts": Account.objects.filter(members__user=request.user.pk),
        }
    return values


def _navigation(request: HttpRequest, account: Account) -> list[dict[str, Any]]:
    match = request.resolver_match
    section = (match.url_name or "").split("-")[0] if match else ""
    # One query; the board's address carries its id.
    board = Board.objects.filter(account=account).first()
    return [
        {
            "word": word,
            "icon": icon,
            "bar": in_bar,
            "url": reverse(name, args=[account.pk, board.pk] if name == "board" and board else [account.pk]),
            "current": name.rstrip("s") == section.rstrip("s"),
        }
        for name, word, icon, in_bar in NAVIGATION
        if name != "board" or board
    ]
