"""Addresses of ours that people copy out of a page."""

from django.http import HttpRequest

from dialboard.collect.app import TRACKER
from dialboard.control import active_config


def tracker(request: HttpRequest) -> str:
    """Where senders tell us of a call: at the public URL, or without one where this reader found us."""
    config = active_config()
    return (config.url if config.public_url else f"{request.scheme}://{request.get_host()}") + TRACKER
