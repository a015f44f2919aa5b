from django.db import models
from django.db.models.functions import Lower

from dialboard.control.models import new_ids


class Account(models.Model):
    """A tenant: nothing is ever shared across accounts."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.account_id, editable=False)
    name = models.CharField(max_length=100)
    zone = models.CharField(max_length=64, default="UTC")  # IANA name: its days begin there
    is_sample = models.BooleanField(default=False)  # played by the sandbox, removed by one click
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            # Ignoring case, since the command line takes a name where it takes an id.
            models.UniqueConstraint(Lower("name"), name="account_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="account_name_not_empty"),
        )

    def __str__(self) -> str:
        return self.name
