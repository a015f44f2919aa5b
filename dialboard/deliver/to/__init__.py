"""The table of destinations: one file each, one line each.

To add one, copy the nearest file beside this and change what it says: a kind builds a request from an event and
explains its own bad answers, and nothing else. `deliver/kind.py` is the contract; tests/deliver/to holds its test.
"""

from dialboard.deliver.kind import DestinationKind
from dialboard.deliver.to.google_analytics import GoogleAnalytics

KINDS: dict[str, DestinationKind] = {kind.name: kind for kind in (GoogleAnalytics(),)}
