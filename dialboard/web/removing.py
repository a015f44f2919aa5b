"""Removing something for good: a page that asks first, then the deed and back to the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render


def ask_and_remove(
    request: HttpRequest, template: str, values: dict[str, Any], *, remove: Callable[[], object], said: str, then: str
) -> HttpResponseBase:
    """The page on GET, which changes nothing; on POST it is removed, `said` is shown, and `then` is the address."""
    if request.method != "POST":
        return render(request, template, values)
    remove()
    messages.success(request, said)
    return redirect(then)
