"""Plays the world over HTTP: first look, demo, tests."""
