"""Add Google Analytics 4 as a destination."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dialboard.control import destinations
from dialboard.control.models import Account, Destination
from dialboard.errors import AlreadyExists, UsageError
from dialboard.web.access import for_owners
from dialboard.web.forms import Form, secret, text

# The page offers Google's own addresses and no others: an address of one's choice would let a page reach into the
# network that Dialboard runs in, so that is the operator's alone, on the command line.
# Source: developers.google.com/analytics/devguides/collection/protocol/ga4/reference, read 2026-11.
ENDPOINTS = {"": "", "eu": "https://region1.google-analytics.com/mp/collect"}


class DestinationForm(Form):
    measurement_id = text(
        "Measurement ID",
        "Paste the measurement ID: it looks like G-AB12CD34EF.",
        mono=True,
        max_length=40,
        help="In Google Analytics: Admin, Data streams, your web stream. It looks like G-AB12CD34EF.",
    )
    api_secret = secret(
        "API secret",
        "Paste the API secret of the data stream.",
        help="In the same place, under Measurement Protocol API secrets. It is kept encrypted.",
    )
    alias = text(
        "Alias",
        "",
        mono=True,
        required=False,
        max_length=100,
        help="The gaid that your senders use, such as UA-12345-1. Empty: every event of this account goes here.",
    )
    region = forms.ChoiceField(
        label="Where Google collects",
        choices=[("", "Worldwide"), ("eu", "European Union")],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose Worldwide or European Union."},
    )
    name = text("Name", "", required=False, max_length=100, help="How you call it here. Empty: made from the above.")


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def destination_new(request: HttpRequest, account: Account) -> HttpResponseBase:
    form = DestinationForm(request.POST or None, initial={"region": ""})
    if request.method == "POST" and form.complete:
        if made := _add(account, form):
            messages.success(
                request, f"{made.name} is added. Events that come from now on are delivered within seconds."
            )
            return redirect("destination", account.pk, made.pk)
        form.mark_problems()
    return render(request, "destination_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _add(account: Account, form: DestinationForm) -> Destination | None:
    """The destination, or None with what is wrong and the cure in the form."""
    typed = form.cleaned_data
    try:
        return destinations.add(
            account,
            "google-analytics",
            settings={"measurement_id": typed["measurement_id"].upper(), "endpoint": ENDPOINTS[typed["region"]]},
            secret=typed["api_secret"],
            name=typed["name"].strip() or None,
            alias=typed["alias"],
        )
    except (UsageError, AlreadyExists) as error:
        form.add_error(_field_of(error.sentence), error.sentence)
    return None


def _field_of(sentence: str) -> str:
    """The field that a sentence is about."""
    for words, field in (("measurement ID", "measurement_id"), ("API secret", "api_secret"), ("alias", "alias")):
        if words in sentence:
            return field
    return "name"
