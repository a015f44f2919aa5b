from django.db import models
from django.db.models.functions import Lower

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class Credential(models.Model):
    """An `authId` (its id) and the SHA-256 of an `authToken`, for the tracker. Revoked ones stay, to be told apart."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.credential_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=100)
    token_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            # A revoked one gives its name free, so that a leaked token is replaced under the same name.
            models.UniqueConstraint(
                "account", Lower("name"), condition=models.Q(revoked_at=None), name="credential_name_unique"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="credential_name_not_empty"),
        )

    def __str__(self) -> str:
        return self.name
