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


# Four figures, the two curves people look at first, then where it comes from. 12 columns wide.
OVERVIEW = (
    Place("calls", "number", 0, 0, 3, 2),
    Place("answer_rate", "number", 3, 0, 3, 2),
    Place("messages", "number", 6, 0, 3, 2),
    Place("spend", "number", 9, 0, 3, 2),
    Place("calls", "area", 0, 2, 8, 4, title="Calls a day"),
    Place("calls", "breakdown", 8, 2, 4, 4, split="status", title="How calls ended"),
    Place("messages", "bar", 0, 6, 8, 4, split="direction", title="Messages a day"),
    Place("messages", "breakdown", 8, 6, 4, 4, split="status", title="What became of messages"),
    Place("call_spend", "line", 0, 10, 6, 4),
    Place("avg_call_duration", "line", 6, 10, 6, 4),
    Place("tracker_events", "area", 0, 14, 8, 4),
    Place("tracker_events", "breakdown", 8, 14, 4, 4, split="campaign_source", title="Events by campaign source"),
)


def make_overview(account: Account) -> Board:
    """The account's Overview board with its tiles; the one it has when there is one."""
    with transaction.atomic():
        board, made = Board.objects.get_or_create(account=account, name="Overview")
        if made:
            Tile.objects.bulk_create(Tile(board=board, **place._asdict()) for place in OVERVIEW)
    return board
