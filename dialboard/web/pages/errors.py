"""What went wrong, in words, and the cure. Never a traceback."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

_TITLES = {
    400: "That request does not fit",
    403: "You may not do that",
    404: "There is nothing here",
    405: "That page cannot do that",
    500: "Something broke on our side",
    503: "One part is not running",
}


def page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """The error page; where only a part of a page was asked for, a part."""
    template = "parts/error.html" if getattr(request, "htmx", None) else "error.html"
    values = {"status": status, "title": _TITLES[status], "sentence": sentence}
    return render(request, template, values, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, "The browser sent something we cannot read. Go back, reload the page and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, str(exception) or "Ask an owner of this account to do it, or to make you an owner.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Http404 of a page of ours carries a sentence; Django's own carries a dictionary of routes.
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    return page(request, 404, said or "The address may be mistyped, or the thing it named was removed.")


def server_error(request: HttpRequest) -> HttpResponse:
    return _alone(500, "Try again in a moment. If it stays, the log of the serving process says why.")


def no_database() -> HttpResponse:
    return _alone(
        503, "The database does not answer now. Try again in a moment; `dialboard check` looks for the cause."
    )


def _alone(status: int, sentence: str) -> HttpResponse:
    """Rendered without the request: whatever broke may be what the frame of a page needs."""
    values = {"status": status, "title": _TITLES[status], "sentence": sentence, "looks": "system"}
    return HttpResponse(render_to_string("error.html", values), status=status)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page a form came from is older than the session, or came from another site."""
    return page(
        request, 403, "This form is too old, or cookies are blocked. Go back, reload the page and send it again."
    )
