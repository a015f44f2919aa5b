"""Dialboard: self-hosted analytics for people who use Twilio."""

__version__ = "0.1.0"
