"""Trouble that lasts, in a loop that goes on: told in full once, then now and then, and when it is over.

A database that is away for an hour would otherwise fill the log with five tracebacks a second.
"""

import logging
import time

from dialboard.errors import first_line

SAY_EVERY_S = 60.0


class Trouble:
    """`sentence` is what a person reads in the log, `action` what the loop does. For one thread."""

    def __init__(self, log: logging.Logger, sentence: str, action: str) -> None:
        self._log = log
        self._sentence = sentence
        self._action = action
        self._times = 0
        self._kinds: set[type[Exception]] = set()
        self._said_at_s = 0.0

    def note(self, error: Exception) -> None:
        """With the traceback for a kind of error that is new in this trouble."""
        self._times += 1
        is_new = type(error) not in self._kinds
        if is_new or time.monotonic() - self._said_at_s >= SAY_EVERY_S:
            about = {"action": self._action, "times": self._times, "problem": first_line(error)}
            self._log.error(self._sentence, exc_info=error if is_new else None, extra=about)
            self._said_at_s = time.monotonic()
        self._kinds.add(type(error))

    def over(self) -> None:
        """Call it after each turn that went well."""
        if self._times:
            self._log.info("That trouble is over.", extra={"action": self._action, "times": self._times})
            self._times = 0
            self._kinds.clear()
