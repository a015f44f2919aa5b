"""Who may enter: owners and members of the account; a stranger gets 404, nobody is shown the way to sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from dialboard.control.models import Account, Member
from dialboard.control.models.member import Role

View = Callable[..., HttpResponseBase]
AccountView = Callable[Concatenate[HttpRequest, Account, ...], HttpResponseBase]


@dataclass(frozen=True)
class Place:
    """Where the person is and what they may do there."""

    account: Account
    may_change: bool  # owners change things, members look


def place_of(request: HttpRequest) -> Place | None:
    """None on pages of no account."""
    return getattr(request, "dialboard_place", None)


def for_people(view: View) -> View:
    """A page for whoever is signed in."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        return view(request, *args, **values) if request.user.is_authenticated else _sign_in_first(request)

    return entered


def for_members(view: AccountView) -> View:
    """A page of an account: gives the view the account instead of its id."""

    @wraps(view)
    def entered(request: HttpRequest, account: str, **values: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        return view(request, _enter(request, account).account, **values)

    return entered


def for_owners(view: AccountView) -> View:
    """A page that changes an account. A member is told who may."""

    @wraps(view)
    def entered(request: HttpRequest, account: str, **values: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        place = _enter(request, account)
        if not place.may_change:
            raise PermissionDenied("Only an owner of this account may change that. Ask one of its owners.")
        return view(request, place.account, **values)

    return entered


def _enter(request: HttpRequest, account_id: str) -> Place:
    """Raises 404 for a stranger: whether such an account exists is nobody else's business."""
    member = Member.objects.select_related("account").filter(account=account_id, user=request.user.pk).first()
    if member is None:
        raise Http404("There is no such account, or you are not a member of it.")
    place = Place(member.account, may_change=member.role == Role.OWNER)
    request.dialboard_place = place  # type: ignore[attr-defined]
    return place


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """The way to the door, and back here afterwards; a part of a page cannot follow, so it reloads the page."""
    if getattr(request, "htmx", None):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    if request.method not in ("GET", "HEAD"):
        return redirect_to_login("/", reverse("sign-in"))
    return redirect_to_login(request.get_full_path(), reverse("sign-in"))
