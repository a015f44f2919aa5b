from django.db import models

from dialboard.control.models.connection import Connection


class Settled(models.Model):
    """What of a list was read so long after it happened that it changes no more; the rest is read again by every sync.

    Without it a connection that was not synced for a week would keep the prices and statuses of its last days as they
    were.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="settled")
    resource = models.CharField(max_length=80)
    spans = models.JSONField(default=list)  # [[from, until], ...], merged

    class Meta:
        constraints = (models.UniqueConstraint(fields=("connection", "resource"), name="settled_once"),)

    def __str__(self) -> str:
        return f"{self.resource} of {self.connection_id}"
