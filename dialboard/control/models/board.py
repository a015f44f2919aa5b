from django.db import models
from django.db.models.functions import Lower

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class Board(models.Model):
    """A page of tiles over an account's metrics."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.board_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="boards")
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint("account", Lower("name"), name="board_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="board_name_not_empty"),
        )

    def __str__(self) -> str:
        return self.name
