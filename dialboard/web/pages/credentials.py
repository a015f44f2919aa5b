"""Who may send events: credentials, the balance, and a request ready to paste."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dialboard.control import credentials as control_credentials
from dialboard.control.models import Account, Credential
from dialboard.errors import DialboardError
from dialboard.web import addresses, data
from dialboard.web.access import for_members, for_owners
from dialboard.web.forms import Form, text


class CredentialForm(Form):
    name = text(
        "Name of a new credential",
        "Give it a name, such as the application that will use it.",
        max_length=100,
        help="The application or server that will use it: each its own, so that one can be revoked alone.",
    )


def credentials(request: HttpRequest, account: str) -> HttpResponseBase:
    return (_make if request.method == "POST" else _list)(request, account=account)


@require_safe
@for_members
def _list(request: HttpRequest, account: Account) -> HttpResponseBase:
    return _page(request, account, CredentialForm())


@require_POST
@for_owners
def _make(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Shows the auth token in this one answer and nowhere else, so there is no redirect to lose it."""
    form = CredentialForm(request.POST)
    if form.complete:
        try:
            made, auth_token = control_credentials.create(account, form.cleaned_data["name"])
        except DialboardError as error:
            form.add_error("name", error.sentence)
            form.mark_problems()
        else:
            return _page(request, account, CredentialForm(), made=made, auth_token=auth_token)
    return _page(request, account, form, status=422)


@require_POST
@for_owners
def revoke(request: HttpRequest, account: Account, credential: str) -> HttpResponseBase:
    one = get_object_or_404(Credential, pk=credential, account=account)
    try:
        control_credentials.revoke(one)
        messages.success(request, f"{one.name} is revoked. Requests with it are refused within a second.")
    except DialboardError as error:
        messages.warning(request, error.sentence)
    return redirect("credentials", account.pk)


def _page(
    request: HttpRequest, account: Account, form: CredentialForm, status: int = 200, **more: Any
) -> HttpResponseBase:
    values = {
        "form": form,
        "credentials": account.credentials.filter(revoked_at=None),
        "revoked": account.credentials.exclude(revoked_at=None),
        "balance": data.reader().balance(account.pk),
        "tracker": addresses.tracker(request),
    }
    response = render(request, "credentials.html", values | more, status=status)
    if more:
        response["Cache-Control"] = "no-store"  # it shows a secret
    return response
