"""Boards that come with an account."""

from typing import NamedTuple

from django.db import transaction

from dialboard.control.models import Account, Board, Tile


class Place(NamedTuple):
    metric: str
    kind: str
    x: int
    y: int
    w: int
    h: int
    split: str = ""
    title: str = ""


# Four figures, the curves people look at first, then where it comes from. 12 columns wide.
OVERVIEW = (
    Place("calls", "number", 0, 0, 3, 2),
    Place("answer_rate", "number", 3, 0, 3, 2),
    Place("messages", "number", 6, 0, 3, 2),
    Place("spend", "number", 9, 0, 3, 2),
    Place("calls", "area", 0, 2, 8, 4, title="Calls over time"),
    Place("calls", "breakdown", 8, 2, 4, 4, split="status", title="How calls ended"),
    Place("messages", "bar", 0, 6, 8, 4, split="direction_class", title="Messages over time"),
    Place("messages_failed", "breakdown", 8, 6, 4, 4, split="error_code", title="Why messages did not arrive"),
    Place("spend", "area", 0, 10, 8, 4, title="Spend over time"),
    Place("spend_by_category", "breakdown", 8, 10, 4, 4, split="category"),
    Place("tracked_events", "bar", 0, 14, 8, 4, title="Tracked events over time"),
    Place("tracked_events", "breakdown", 8, 14, 4, 4, split="campaign_name", title="Tracked events by campaign"),
)


def make_overview(account: Account) -> Board:
    """The account's Overview board with its tiles; the one it has when there is one."""
    with transaction.atomic():
        board, made = Board.objects.get_or_create(account=account, name="Overview")
        if made:
            Tile.objects.bulk_create(Tile(board=board, **place._asdict()) for place in OVERVIEW)
    return board
