from django.db import models

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class Grant(models.Model):
    """Tokens given to an account; `tokens` None makes it unmetered. The journal applies each once, by its id."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.grant_id, editable=False)
    # The order in which they were made: created_at may repeat, ids are random.
    number = models.BigIntegerField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    tokens = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(tokens=None) | models.Q(tokens__gte=0), name="grant_takes_nothing_away"
            ),
        )

    def __str__(self) -> str:
        return f"{'unmetered' if self.tokens is None else self.tokens} for {self.account_id}"
