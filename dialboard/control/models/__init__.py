"""What is kept in the control database: one file a thing."""

from dialboard.control.models.account import Account
from dialboard.control.models.board import Board
from dialboard.control.models.connection import Connection
from dialboard.control.models.credential import Credential
from dialboard.control.models.destination import Destination
from dialboard.control.models.grant import Grant
from dialboard.control.models.member import Member
from dialboard.control.models.order import Order
from dialboard.control.models.publication import Publication
from dialboard.control.models.removal import Removal
from dialboard.control.models.settled import Settled
from dialboard.control.models.sync_run import SyncRun
from dialboard.control.models.tile import Tile

__all__ = [
    "Account",
    "Board",
    "Connection",
    "Credential",
    "Destination",
    "Grant",
    "Member",
    "Order",
    "Publication",
    "Removal",
    "Settled",
    "SyncRun",
    "Tile",
]
