"""Connect a Twilio account: three things to paste, checked with Twilio before they are kept."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dialboard.control import connections, orders
from dialboard.control.models import Account, Connection
from dialboard.control.models.order import OrderKind
from dialboard.errors import AlreadyExists, BadCredentials, DialboardError, Transient, UsageError
from dialboard.web.access import for_owners
from dialboard.web.forms import Form, secret, text


class ConnectionForm(Form):
    name = text("Name", "", required=False, max_length=100, help="How you call it here. Empty: the account's name.")
    account_sid = text(
        "Account SID",
        "Paste the Account SID: it begins with AC.",
        mono=True,
        max_length=64,
        help="On the first page of the Twilio Console, under Account Info. It begins with AC.",
    )
    key_sid = text(
        "API Key SID",
        "Paste the SID of the API key: it begins with SK.",
        mono=True,
        max_length=64,
        help="Of a key made for Dialboard. It begins with SK.",
    )
    key_secret = secret(
        "API Key Secret",
        "Paste the secret of the API key.",
        help="Twilio shows it once, when the key is made. It is kept encrypted.",
    )
    keep_bodies = forms.BooleanField(
        label="Keep the text of messages",
        required=False,
        help_text="Otherwise only their length and whether they say STOP or START is kept.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def connection_new(request: HttpRequest, account: Account) -> HttpResponseBase:
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.complete:
        if made := _connect(account, form):
            # Newest days first: the board fills while the past is still on its way.
            orders.give(OrderKind.SYNC, account, {"connection": made.pk})
            messages.success(
                request, "Twilio accepted the key. Its calls, messages and costs are on their way, newest first."
            )
            return redirect("connection", account.pk, made.pk)
        form.mark_problems()
    return render(request, "connection_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _connect(account: Account, form: ConnectionForm) -> Connection | None:
    """The connection, or None with what is wrong and the cure in the form."""
    typed = form.cleaned_data
    try:
        twilio = connections.described(typed["account_sid"], typed["key_sid"], typed["key_secret"])
        connections.check(twilio)
        return connections.add(account, twilio, name=typed["name"].strip() or None, keep_bodies=typed["keep_bodies"])
    except (UsageError, AlreadyExists) as error:
        form.add_error(_field_of(error.sentence), error.sentence)
    except BadCredentials as error:
        form.add_error("key_secret", error.sentence)
    except Transient as error:
        form.add_error(None, f"Twilio could not be asked just now: {error.sentence} Nothing was kept; try again.")
    except DialboardError as error:
        form.add_error(None, error.sentence)
    return None


def _field_of(sentence: str) -> str:
    """The field that a sentence is about."""
    for words, field in (("Account SID", "account_sid"), ("Key SID", "key_sid"), ("Key Secret", "key_secret")):
        if sentence.startswith(f"The {words}") or sentence.startswith(f"The API {words}"):
            return field
    return "name"
