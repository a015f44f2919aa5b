from django.db import models


class Publication(models.Model):
    """One row: the number of what the collector and the delivering process have to know; a higher one is newer."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="publication_is_one_row"),)

    def __str__(self) -> str:
        return str(self.number)
