from django.db import models
from django.db.models.functions import Lower

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class Destination(models.Model):
    """Where an account's events go. An event goes to each enabled one whose alias equals its gaid or that has none."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.destination_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="destinations")
    kind = models.CharField(max_length=40)  # a name of deliver.to.KINDS
    name = models.CharField(max_length=100)
    alias = models.CharField(max_length=100, null=True, blank=True)  # "UA-12345-1"; None takes every event
    settings = models.JSONField(default=dict)  # texts by name: "measurement_id", "endpoint"
    secret_encrypted = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    operator_address = models.BooleanField(default=False)  # given on the command line: private addresses are allowed
    created_at = models.DateTimeField(auto_now_add=True)
    since = models.BigIntegerField(default=0)  # deliver events after this number of the journal

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint("account", Lower("name"), name="destination_name_unique"),
            models.UniqueConstraint("account", Lower("alias"), name="destination_alias_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="destination_name_not_empty"),
            models.CheckConstraint(
                condition=models.Q(alias=None) | ~models.Q(alias=""), name="destination_alias_not_empty"
            ),
            models.CheckConstraint(condition=models.Q(since__gte=0), name="destination_since_not_negative"),
        )

    def __str__(self) -> str:
        return self.name
