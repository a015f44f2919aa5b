from django.db import models

from dialboard.control.models import new_ids
from dialboard.control.models.account import Account


class OrderKind(models.TextChoices):
    SYNC = "sync"
    REPLAY = "replay"
    SAMPLE_ADD = "sample_add"
    SAMPLE_REMOVE = "sample_remove"


class OrderState(models.TextChoices):
    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"


class Order(models.Model):
    """Something a person asked for that takes a while; a worker takes it."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.order_id, editable=False)
    # Null for orders about no account yet (sample_add).
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="orders")
    kind = models.CharField(max_length=20, choices=OrderKind)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=OrderState, default=OrderState.WAITING)
    progress = models.TextField(blank=True)  # a sentence for the page
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=("state", "created_at"), name="order_next"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=OrderKind.values), name="order_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=OrderState.values), name="order_state_known"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
