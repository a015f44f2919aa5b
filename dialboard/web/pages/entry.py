"""The way in: to the only account, or to choose one."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from dialboard.control.models import Account
from dialboard.web.access import for_people


@for_people
def entry(request: HttpRequest) -> HttpResponseBase:
    accounts = list(Account.objects.filter(members__user=request.user.pk))
    if len(accounts) == 1:
        return redirect("home", accounts[0].pk)
    return render(request, "entry.html", {"accounts": accounts})
