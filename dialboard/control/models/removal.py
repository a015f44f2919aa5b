from django.db import models


class Removal(models.Model):
    """An account that was removed: the process that owns the journal removes its events when it sees this."""

    number = models.BigIntegerField(primary_key=True)  # of the publication
    account = models.CharField(max_length=20)  # there is no such account any more
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.account
