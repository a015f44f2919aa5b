"""Credentials -> pages of JSON."""
