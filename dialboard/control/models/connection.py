from django.db import models
from django.db.models.functions import Lower

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class Connection(models.Model):
    """A Twilio account's SID with an API key of it. The same Twilio account connected twice shares its rows."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.connection_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    name = models.CharField(max_length=100)
    account_sid = models.CharField(max_length=34)
    key_sid = models.CharField(max_length=34)
    secret_encrypted = models.TextField()
    base_url = models.CharField(max_length=500, null=True, blank=True)  # one base for all of Twilio's hosts: sandbox
    keep_bodies = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # when Twilio last accepted the key
    problem = models.TextField(blank=True)  # the sentence of the last failure; "" when all is well

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint("account", Lower("name"), name="connection_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="connection_name_not_empty"),
            models.CheckConstraint(
                condition=models.Q(account_sid__startswith="AC"), name="connection_account_sid_form"
            ),
            models.CheckConstraint(condition=models.Q(key_sid__startswith="SK"), name="connection_key_sid_form"),
        )

    def __str__(self) -> str:
        return self.name
