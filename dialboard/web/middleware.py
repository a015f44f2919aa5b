"""What happens around every page: headers no page should be without, and our own errors as sentences."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase

from dialboard.errors import DialboardError, JournalUnavailable, NotFound, StoreUnreachable, Transient
from dialboard.web.pages import errors

Next = Callable[[HttpRequest], HttpResponseBase]


class Headers:
    """Pages show private figures: no cache keeps them, no other site embeds them, no sensor is asked for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Cache-Control", "private, no-cache")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        return response


class Sentences:
    """An error that Dialboard raised on purpose becomes a page with its sentence; anything else stays a 500."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, NotFound):
            return errors.page(request, 404, error.sentence)
        if isinstance(error, StoreUnreachable | JournalUnavailable | Transient):
            return errors.page(request, 503, error.sentence)
        if isinstance(error, OperationalError):
            return errors.no_database()
        if isinstance(error, DialboardError):
            return errors.page(request, 400, error.sentence)
        return None
