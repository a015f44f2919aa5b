from django.db import models

from dialboard.control.models.connection import Connection


class SyncRun(models.Model):
    """One run over one resource of a connection. `finished_at` None: it runs, or was killed."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    resource = models.CharField(max_length=80)
    span_from = models.DateTimeField()
    span_until = models.DateTimeField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    waits = models.PositiveIntegerField(default=0)  # how often Twilio asked us to slow down
    problem = models.TextField(blank=True)
    # The spans it has read so far, [[from, until], ...]: where a killed run is resumed.
    read = models.JSONField(default=list)

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (models.Index(fields=("connection", "resource", "-started_at"), name="sync_run_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(span_until__gt=models.F("span_from")), name="sync_run_span_not_empty"
            ),
        )

    def __str__(self) -> str:
        return f"{self.resource} of {self.connection_id}"
