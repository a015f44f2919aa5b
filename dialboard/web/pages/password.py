"""One's own password: the first one, or another one."""

import math
from typing import Any

from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dialboard.web.access import for_people
from dialboard.web.forms import Dressed
from dialboard.web.throttle import Throttle

# Whoever finds a browser open has these tries at its person's password.
BY_PERSON = Throttle(tries=8, seconds=15 * 60)

_MISTAKES = {
    "password_mismatch": "These two are not the same. Type the new password again in both.",
    "password_incorrect": "This is not your password. Type it again, or sign out and sign in by a link.",
}
_LINK = "sesame.backends.ModelBackend"


class FirstPasswordForm(Dressed, SetPasswordForm):  # type: ignore[type-arg]
    """The new one, twice."""

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(user, data)
        self.error_messages = {**_MISTAKES}
        self._word("new_password1", "New password", "Type the new password.")
        self._word("new_password2", "New password, again", "Type the new password once more.")
        self.fields["new_password1"].help_text = "At least 10 characters, and none that many people use."
        self.fields["new_password2"].help_text = ""

    def _word(self, name: str, label: str, missing: str) -> None:
        field = self.fields[name]
        field.label, field.error_messages["required"] = label, missing


class AnotherPasswordForm(FirstPasswordForm, PasswordChangeForm):
    """The same after the one that holds now."""

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(user, data)
        self._word("old_password", "Password that you have now", "Type the password that you have now.")

    def clean_old_password(self) -> str:
        person = str(self.user.pk)
        if (wait_s := BY_PERSON.wait_s(person)) > 0:
            self.add_error("old_password", f"Too many tries. Wait {math.ceil(wait_s / 60)} min, or sign in by a link.")
            return ""
        BY_PERSON.note(person)
        old = super().clean_old_password()
        BY_PERSON.forget(person)
        return old


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def password(request: HttpRequest) -> HttpResponseBase:
    user = request.user
    assert isinstance(user, User)
    is_first = _has_none(user) or request.session.get(BACKEND_SESSION_KEY) == _LINK
    form = (FirstPasswordForm if is_first else AnotherPasswordForm)(user, request.POST or None)
    if request.method == "POST" and form.complete:
        form.save()
        # Every session carries a hash of the password; this one is told the new one and goes on.
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is set. Other browsers have to sign in again.")
        return redirect("entry")
    values = {"form": form, "has_one": not _has_none(user), "may_forget": not is_first}
    return render(request, "password.html", values, status=422 if request.method == "POST" else 200)


def _has_none(user: User) -> bool:
    return not user.password or not user.has_usable_password()
