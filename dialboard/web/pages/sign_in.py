"""The door: a one-time link or a password, and the way out."""

import math

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from sesame.utils import get_user  # type: ignore[import-untyped]

from dialboard.web.forms import Form, secret, text
from dialboard.web.throttle import Throttle

# A person mistypes a few times; a machine that guesses needs millions.
BY_NAME = Throttle(tries=8, seconds=15 * 60)
BY_ADDRESS = Throttle(tries=40, seconds=15 * 60)


class SignInForm(Form):
    name = text(
        "Name or e-mail address",
        "Type the name or e-mail address that you sign in with.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        max_length=254,
    )
    password = secret("Password", "Type your password, or ask for a one-time link instead.")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; a person who is signed in goes on."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    form.fields["password"].widget.attrs["autocomplete"] = "current-password"
    if request.method == "POST" and form.complete:
        if user := _known(request, form):
            login(request, user)
            return redirect(_next(request))
        form.mark_problems()
    status = 422 if request.method == "POST" else 200
    return render(request, "sign_in.html", {"form": form, "next": _next(request)}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Asks before it uses the link up: chat programs and mail scanners open links to preview them."""
    auth_link = request.POST.get("sesame") or request.GET.get("sesame") or ""
    # Looking does not use it up: it carries the last sign-in of its person, and only login() moves that.
    person = get_user(auth_link, update_last_login=False) if auth_link else None
    if person is None:
        return render(request, "sign_in_link_over.html", status=410)
    if request.method != "POST":
        return render(request, "sign_in_link.html", {"auth_link": auth_link, "person": person})
    login(request, person, backend="sesame.backends.ModelBackend")
    return redirect("entry")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def _known(request: HttpRequest, form: SignInForm) -> User | None:
    """The person, or None with the reason in the form."""
    name = form.cleaned_data["name"].strip()
    by_name, by_address = name.lower(), request.META.get("REMOTE_ADDR", "")
    if (wait_s := max(BY_NAME.wait_s(by_name), BY_ADDRESS.wait_s(by_address))) > 0:
        minutes = math.ceil(wait_s / 60)
        form.add_error("password", f"Too many tries. Wait {minutes} min, or use a one-time link: it works at once.")
        return None
    user = authenticate(request, username=_username(name), password=form.cleaned_data["password"])
    if not isinstance(user, User):
        BY_NAME.note(by_name)
        BY_ADDRESS.note(by_address)
        form.add_error("password", "That name and password do not belong together. Check both and try again.")
        return None
    BY_NAME.forget(by_name)
    return user


def _username(name: str) -> str:
    """The name of the person with that e-mail address, else what was typed. Two with one address use their names."""
    if "@" in name:
        names = list(User.objects.filter(email__iexact=name).values_list("username", flat=True)[:2])
        if len(names) == 1:
            return names[0]
    return name


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours, never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if safe else "/"
