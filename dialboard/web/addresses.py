"""Addresses of ours that people copy out of a page."""

from django.http import HttpRequest

from dialboard.collect.app import TRACKER
from dialboard.control import active_config


def tracker(request: HttpRequest) -> str:
    """Where senders tell us of a call: at the public URL, or without one where this reader found us."""
    return (active_config().public_url or f"{request.scheme}://{request.get_host()}").rstrip("/") + TRACKER
